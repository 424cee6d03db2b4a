#include "app/commands/commands.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "base/key_ring.hpp"
#include "store/maintenance.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string file, data, cipher = "aes-256-gcm";
};

int failed(const Outcome& issues) {
    print_issues(issues);
    return exit_code_of(issues);
}

CipherKind kind_of(const Options& options) { return cipher_of(options.cipher).value_or(CipherKind::aes_256_gcm); }

int make(const Options& options) {
    if (std::filesystem::exists(options.file)) return failed(error(IssueCode::duplicate, "", "store-file-exists", {options.file}));
    const auto made = KeyRing::add_key(options.file, kind_of(options), SystemClock().now());
    if (!made) return failed(made.error());
    std::cout << "key " << *made << " in " << options.file << "; keep a copy of the file where the data is not\n";
    return kOk;
}

int rotate(const Options& options) {
    const auto ring = KeyRing::of_directory(options.data);
    if (!ring) return failed(ring.error());
    if (!*ring) return failed(error(IssueCode::not_found, "", "keys-unsealed"));
    const auto made = KeyRing::add_key((*ring)->file(), kind_of(options), SystemClock().now());
    if (!made) return failed(made.error());
    std::cout << "key " << *made << " in " << (*ring)->file() << "\n";
    const auto held = store::hold_directory(options.data);
    if (held || held.error().leading()->rule != "store-locked") {
        std::cout << "no hub runs; the next one seals with it\n";
        return kOk;
    }
    const auto answer = ask_hub(options.data, "POST", "/store/keys");
    if (!answer) return failed(answer.error());
    if (answer->status != 200) return failed(issues_of(*answer));
    std::cout << "the running hub seals with it from now on; older data is sealed anew in the background\n";
    return kOk;
}

int status(const Options& options) {
    const auto ring = KeyRing::of_directory(options.data);
    if (!ring) return failed(ring.error());
    const auto counted = store::count_keys(options.data);
    if (!counted) return failed(counted.error());
    const auto bodies = [&](KeyNumber number) {
        const auto found = std::find_if(counted->begin(), counted->end(), [&](const auto& one) { return one.first == number; });
        return found == counted->end() ? std::uint64_t{0} : found->second;
    };
    std::cout << "not sealed: " << bodies(0) << " bodies\n";
    if (!*ring) return kOk;
    std::cout << "keys in " << (*ring)->file() << "\n";
    for (const auto& key : (*ring)->list()) {
        std::cout << key.number << "  " << cipher_name(key.kind) << "  " << key.made_at << "  " << bodies(key.number) << " bodies"
                  << (key.number == (*ring)->current() ? "  seals now" : "") << "\n";
    }
    return kOk;
}

int use(const Options& options) {
    const auto file = std::filesystem::absolute(options.file).string();
    const auto ring = KeyRing::open(file);
    if (!ring) return failed(ring.error());
    const auto issues = KeyRing::bind(options.data, file);
    return issues.has_errors() ? failed(issues) : static_cast<int>(kOk);
}

} // namespace

std::function<int()> make_keys(Verb command) {
    command.needs_a_verb();
    auto options = std::make_shared<Options>();
    const auto made = command.add_verb("make", "a key file with a first key");
    const auto rotated = command.add_verb("rotate", "a further key, which seals what is written from now on");
    const auto told = command.add_verb("status", "how much is sealed with which key");
    const auto used = command.add_verb("use", "tells a data directory where its key file is, after a restore or a move");
    made.add_option("file", options->file, "the key file; it must not be there yet").required();
    used.add_option("file", options->file, "the key file").required().existing_file();
    for (const auto verb : {rotated, told, used})
        verb.add_option("--data", options->data, "data directory; a hub may be running on it").required().existing_folder();
    for (const auto verb : {made, rotated})
        verb.add_option("--cipher", options->cipher, "aes-256-gcm or sm4-ctr-hmac-sm3").one_of({"aes-256-gcm", "sm4-ctr-hmac-sm3"});
    return [=] {
        if (made.chosen()) return make(*options);
        if (rotated.chosen()) return rotate(*options);
        return told.chosen() ? status(*options) : use(*options);
    };
}

} // namespace huitong::app::commands
