/// Commits what an interaction or a feed writes, with the links of its Patients in the same commit.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

namespace huitong::interaction {
namespace {

/// Links of the Patients of one commit; taken back when the commit fails.
class PatientLinks {
public:
    explicit PatientLinks(identity::Linker* linker) : linker_(linker) {}

    Outcome add_to(store::Commit& commit) {
        if (!linker_) return {};
        for (const auto& write : commit.writes) {
            if (write.key.type != "Patient") continue;
            auto linked = decide(write);
            if (!linked) return linked.error();
            for (auto& fact : linked->facts) commit.facts.push_back(std::move(fact));
            linked->facts.clear();
            links_.push_back(std::move(*linked));
        }
        for (auto& fact : linker_->take_owed()) commit.facts.push_back(std::move(fact));
        return {};
    }

    void forget() {
        for (auto link = links_.rbegin(); link != links_.rend(); ++link) linker_->forget(*link);
    }

private:
    Result<identity::Linked> decide(const store::Write& write) {
        if (write.action == store::Action::remove) return linker_->remove(write.key.id);
        const auto parsed = fhir::read_json(write.body);
        return linker_->link(write.key.id, parsed.value->root());
    }

    identity::Linker* linker_;
    std::vector<identity::Linked> links_;
};

} // namespace

boost::asio::awaitable<Result<store::CommitReceipt>> commit_linked(const Services& services, store::Commit commit) {
    PatientLinks links(services.linker);
    if (auto issues = links.add_to(commit); issues.has_errors()) {
        links.forget();
        co_return issues;
    }
    auto receipt = co_await services.store->commit(std::move(commit));
    if (!receipt) links.forget();
    co_return receipt;
}

} // namespace huitong::interaction
