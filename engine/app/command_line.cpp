#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

namespace huitong::app {

Option Option::required() const {
    option_->required();
    return *this;
}

Option Option::one_of(std::initializer_list<std::string_view> values) const {
    option_->check(CLI::IsMember(std::vector<std::string>(values.begin(), values.end())));
    return *this;
}

Option Option::existing_file() const {
    option_->check(CLI::ExistingFile);
    return *this;
}

Option Option::existing_folder() const {
    option_->check(CLI::ExistingDirectory);
    return *this;
}

Option Option::existing_path() const {
    option_->check(CLI::ExistingPath);
    return *this;
}

Option Option::exactly(int count) const {
    option_->expected(count);
    return *this;
}

Option Option::excludes(Option other) const {
    option_->excludes(other.option_);
    return *this;
}

bool Option::given() const { return !option_->empty(); }

template <class Value>
Option Verb::add_option(const std::string& names, Value& value, const std::string& text) const {
    return Option(verb_->add_option(names, value, text));
}
template Option Verb::add_option(const std::string&, std::string&, const std::string&) const;
template Option Verb::add_option(const std::string&, std::vector<std::string>&, const std::string&) const;
template Option Verb::add_option(const std::string&, int&, const std::string&) const;
template Option Verb::add_option(const std::string&, unsigned&, const std::string&) const;
template Option Verb::add_option(const std::string&, std::size_t&, const std::string&) const;

void Verb::add_flag(const std::string& names, bool& value, const std::string& text) const { verb_->add_flag(names, value, text); }

Verb Verb::add_verb(const std::string& name, const std::string& text) const { return Verb(verb_->add_subcommand(name, text)); }

void Verb::needs_a_verb() const { verb_->require_subcommand(1); }

bool Verb::chosen() const { return verb_->parsed(); }

CommandLine::CommandLine(const std::string& name, const std::string& text, const std::string& version)
    : app_(std::make_unique<CLI::App>(text, name)) {
    app_->set_version_flag("--version", version);
}

CommandLine::~CommandLine() = default;

Verb CommandLine::top() const { return Verb(app_.get()); }

CommandLine::Parsed CommandLine::parse(int argc, char** argv, std::ostream& out, std::ostream& err) {
    try {
        app_->parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        return app_->exit(failure, out, err) == 0 ? Parsed::told : Parsed::wrong;
    }
    return Parsed::run;
}

} // namespace huitong::app
