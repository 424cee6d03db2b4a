#include "identity/linking_store.hpp"

#include "fhir/json.hpp"

namespace huitong::identity {

std::vector<LinkingStore::Link> LinkingStore::link(store::Commit& commit) {
    std::vector<Link> out;
    for (std::size_t place = 0; place < commit.writes.size(); ++place) {
        const auto& write = commit.writes[place];
        if (write.key.type != "Patient") continue;
        Result<Linked> linked = Outcome();
        if (write.action == store::Action::remove) {
            linked = linker_.remove(write.key.id);
        } else {
            const auto parsed = fhir::read_json(write.body);
            // A feed carries what institutions say themselves, as its settings let it.
            if (!parsed.issues.has_errors())
                linked =
                    linker_.link(write.key.id, record_of(parsed.value->root(), write.owner, !commit.message_id.empty(), linker_.rules()));
        }
        if (!linked) continue; // a Patient that was never linked is removed, or its id is none: nothing to link
        commit.facts.insert(commit.facts.end(), linked->facts.begin(), linked->facts.end());
        out.push_back({place, std::move(*linked)});
    }
    return out;
}

store::Commit LinkingStore::settle(const std::vector<Link>& links, const Result<store::CommitReceipt>& receipt) {
    store::Commit out;
    if (!receipt) {
        for (auto link = links.rbegin(); link != links.rend(); ++link) linker_.forget(link->linked);
        return out;
    }
    for (const auto& link : links) {
        // Linked in another order than committed, or not the newest: what stands in the store counts.
        if (!receipt->writes[link.write].superseded && linker_.is_newest(link.linked)) continue;
        const auto current = store_.view()->current(receipt->writes[link.write].key);
        if (!current || !*current || (*current)->deleted) continue;
        const auto linked = linker_.link(**current);
        if (linked) out.facts.insert(out.facts.end(), linked->facts.begin(), linked->facts.end());
    }
    return out;
}

boost::asio::awaitable<Result<store::CommitReceipt>> LinkingStore::commit(store::Commit commit) {
    const auto links = link(commit);
    auto receipt = co_await store_.commit(std::move(commit));
    auto rest = settle(links, receipt);
    if (!rest.facts.empty()) {
        auto facts = rest.facts;
        const auto written = co_await store_.commit(std::move(rest));
        if (!written) linker_.owe(std::move(facts)); // what was asked for is done
    }
    co_return receipt;
}

Result<store::CommitReceipt> LinkingStore::commit_and_wait(store::Commit commit) {
    const auto links = link(commit);
    auto receipt = store_.commit_and_wait(std::move(commit));
    auto rest = settle(links, receipt);
    if (!rest.facts.empty()) {
        auto facts = rest.facts;
        const auto written = store_.commit_and_wait(std::move(rest));
        if (!written) linker_.owe(std::move(facts));
    }
    return receipt;
}

} // namespace huitong::identity
