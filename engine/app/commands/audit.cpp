#include "app/commands/commands.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "audit/proof.hpp"
#include "recognition/ledger.hpp"
#include "rest/audit_door.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string data, checkpoint, key, entry, proof;
};

std::string read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

int refuse(const Outcome& issues) {
    print_issues(issues);
    return exit_code_of(issues);
}

/// The hub's own key: whoever may open the directory signs with it.
Result<audit::SigningKey> own_key(const Options& options) { return audit::SigningKey::open_or_make(options.data + "/audit-key.pem"); }

Result<std::shared_ptr<store::Store>> open_closed(const Options& options) {
    store::StoreOptions store_options;
    store_options.directory = options.data;
    return store::open_store(store_options);
}

audit::Subject subject_of(const Options& options, store::Store& store) {
    return {store, options.data + "/access-log", {recognition::ledger_chain()}};
}

/// A hub that runs holds its directory, so it looks for itself; else the command opens it.
Result<audit::Verification> walk(const Options& options, const audit::Checkpoint* kept) {
    const auto answer = ask_hub(options.data, "POST", "/audit/verify", kept ? audit::write_checkpoint(*kept) : std::string());
    if (answer) {
        auto read = answer->status == 200 ? rest::read_verification(answer->body) : std::nullopt;
        if (read) return std::move(*read);
        return issues_of(*answer);
    }
    const auto store = open_closed(options);
    if (!store) return store.error();
    return audit::verify(subject_of(options, **store), kept);
}

/// The checkpoint of a file (its last line, where a hub appended many), checked against the key where one is given.
Result<std::optional<audit::Checkpoint>> kept_checkpoint(const Options& options) {
    if (options.checkpoint.empty()) return std::optional<audit::Checkpoint>();
    auto text = read_text(options.checkpoint);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const auto line = audit::read_signed(text.substr(text.rfind('\n') + 1));
    if (!line) return Outcome(error(IssueCode::value, options.checkpoint, "audit-checkpoint"));
    if (!options.key.empty()) {
        if (auto issues = audit::check_signed(*line, read_text(options.key)); issues.has_errors()) return issues;
    }
    return std::optional(line->checkpoint);
}

int verify(const Options& options) {
    const auto kept = kept_checkpoint(options);
    if (!kept) return refuse(kept.error());
    const auto verification = walk(options, *kept ? &**kept : nullptr);
    if (!verification) return refuse(verification.error());
    print_issues(verification->issues);
    std::cout << "transaction log " << verification->log_entries << " entries, access log " << verification->access_records << " records";
    for (const auto& [name, count] : verification->chain_entries) std::cout << ", " << name << " " << count << " entries";
    std::cout << ": " << (verification->issues.has_errors() ? "NOT intact" : "intact") << "\n";
    return verification->issues.has_errors() ? kFindings : kOk;
}

int checkpoint(const Options& options) {
    const auto verification = walk(options, nullptr);
    if (!verification) return refuse(verification.error());
    print_issues(verification->issues);
    if (verification->issues.has_errors()) return kFindings; // the heads of broken logs witness nothing
    const auto key = own_key(options);
    if (!key) return refuse(key.error());
    std::cout << audit::sign_checkpoint(verification->heads, *key) << "\n";
    return kOk;
}

int print_key(const Options& options) {
    const auto key = own_key(options);
    if (!key) return refuse(key.error());
    std::cout << key->public_pem();
    return kOk;
}

int prove(const Options& options) {
    const auto kept = kept_checkpoint(options);
    if (!kept) return refuse(kept.error());
    const auto line = *kept ? audit::write_checkpoint(**kept) : std::string();
    if (const auto answer = ask_hub(options.data, "POST", "/audit/prove", options.entry + '\n' + line)) {
        if (answer->status != 200) return refuse(issues_of(*answer));
        std::cout << answer->body << "\n";
        return kOk;
    }
    const auto store = open_closed(options);
    if (!store) return refuse(store.error());
    const auto proof = audit::prove(subject_of(options, **store), options.entry, *kept ? &**kept : nullptr);
    if (!proof) return refuse(proof.error());
    std::cout << audit::write_proof(*proof) << "\n";
    return kOk;
}

/// Needs no hub and no directory: the proof, the checkpoint and the hub's public key.
int check_proof(const Options& options) {
    const auto kept = kept_checkpoint(options);
    if (!kept) return refuse(kept.error());
    const auto proof = audit::read_proof(read_text(options.proof));
    auto issues = proof ? audit::check_proof(*proof, **kept) : error(IssueCode::security, options.proof, "audit-proof");
    print_issues(issues);
    if (issues.has_errors()) return kFindings;
    std::cout << proof->entry << " is record " << proof->index + 1 << " of " << proof->head.size << " under the signed checkpoint\n";
    if (!proof->record.empty()) std::cout << proof->record << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_audit(Verb command) {
    auto options = std::make_shared<Options>();
    command.needs_a_verb();
    const auto verified = command.add_verb("verify", "checks both logs and the ledger, and names the first bad record");
    const auto printed = command.add_verb("checkpoint", "prints the signed heads of both logs and of the ledger, to be kept elsewhere");
    const auto keyed = command.add_verb("key", "prints the public key that checkpoints are signed with");
    const auto proven = command.add_verb("prove", "prints a proof that a record stands in its log");
    const auto checked = command.add_verb("check-proof", "checks a proof against a signed checkpoint, without any hub");
    for (const auto verb : {verified, printed, keyed, proven})
        verb.add_option("--data", options->data, "data directory; a hub that runs on it looks itself").required().existing_folder();
    proven.add_option("--entry", options->entry, "log:T, access:SEGMENT:OFFSET or ledger:N").required();
    checked.add_option("--proof", options->proof, "what prove printed").required().existing_file();
    for (const auto verb : {verified, proven, checked}) {
        const auto file =
            verb.add_option("--checkpoint", options->checkpoint, "file whose last line is a checkpoint that was kept elsewhere")
                .existing_file();
        const auto key = verb.add_option("--key", options->key, "public key that it must be signed with").existing_file();
        if (verb == checked) file.required(), key.required();
    }
    return [=] {
        if (verified.chosen()) return verify(*options);
        if (printed.chosen()) return checkpoint(*options);
        if (keyed.chosen()) return print_key(*options);
        return proven.chosen() ? prove(*options) : check_proof(*options);
    };
}

} // namespace huitong::app::commands
