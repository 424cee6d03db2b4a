#include "access/people.hpp"
#include "app/commands/commands.hpp"
#include "app/print.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

/// From the standard input, so that it stands in no history of a shell.
int password(const std::string& login) {
    std::string line;
    std::getline(std::cin, line);
    const auto hash = access::hash_password(line, login);
    if (!hash) {
        print_issues(hash.error());
        return kFindings;
    }
    std::cout << *hash << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_person(Verb command) {
    command.needs_a_verb();
    auto login = std::make_shared<std::string>();
    const auto verb = command.add_verb("password", "reads a password from the standard input and prints its hash for people.csv");
    verb.add_option("--login", *login, "whose it is: the login with something around it is refused as a password");
    return [login] { return password(*login); };
}

} // namespace huitong::app::commands
