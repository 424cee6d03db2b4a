/// A store with resources indexed as the product does it, and queries against it.
#pragma once

#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "search/search.hpp"
#include "support/definitions.hpp"
#include "unit/store/fixture.hpp"

#include <sstream>

namespace huitong::tests {

/// Noon of 2026-11-20 in +08:00.
constexpr Instant kNoon{1'795'147'200'000'000};

inline std::shared_ptr<const fhir::Definitions> shared_r4() { return {std::shared_ptr<const fhir::Definitions>(), &r4_definitions()}; }

class Ward {
public:
    Ward() {
        registry.set_base_url("http://hub.example/fhir");
        registry.set_clock(clock);
    }

    store::Write write_of(const std::string& json) const {
        const auto parsed = fhir::read_json(json);
        BOOST_REQUIRE_MESSAGE(!parsed.issues.has_errors(), json << ": " << rule_of(parsed.issues));
        const auto root = parsed.value->root();
        store::Write write;
        write.key = {std::string(root.type()), std::string(root.text("id"))};
        auto prepared = search::prepare_body(root, write.key.id);
        write.body = std::move(prepared.body);
        write.meta_at = prepared.meta_at;
        write.rows = registry.index_rows(root).value;
        return write;
    }
    void add(const std::string& json) { must(store->commit_and_wait(commit_of({write_of(json)}))); }
    /// One resource a line, in one commit.
    void add_lines(const std::string& lines) {
        std::vector<store::Write> writes;
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);) {
            if (!line.empty()) writes.push_back(write_of(line));
        }
        must(store->commit_and_wait(commit_of(std::move(writes))));
    }

    /// "Observation?code=x", "Patient/1/Observation", "?_type=…"; read as the REST door does.
    Result<search::Query> query_of(const std::string& text, bool strict, Outcome& warnings) const;
    Result<search::Page> page(const std::string& text, bool strict = true) const;
    /// Ids in order, "+id" for what was included, or "!rule".
    std::string ids(const std::string& text) const;

    ScratchFolder folder;
    SetClock clock{kNoon};
    search::Registry registry{shared_r4()};
    std::shared_ptr<store::Store> store = open_in(folder.path(), &clock);
};

inline Result<search::Query> Ward::query_of(const std::string& text, bool strict, Outcome& warnings) const {
    const auto mark = text.find('?');
    auto path = text.substr(0, mark);
    std::optional<store::ResourceKey> compartment;
    if (const auto last = path.rfind('/'); last != path.npos) {
        const auto first = path.find('/');
        compartment = store::ResourceKey(path.substr(0, first), path.substr(first + 1, last - first - 1));
        path = path.substr(last + 1);
    }
    const auto pairs = mark == text.npos ? std::vector<std::pair<std::string, std::string>>() : read_url_query(text.substr(mark + 1));
    auto query = search::read_query(registry, path, pairs, strict, warnings);
    if (query) query->compartment = compartment;
    return query;
}

inline Result<search::Page> Ward::page(const std::string& text, bool strict) const {
    Outcome warnings;
    const auto query = query_of(text, strict, warnings);
    if (!query) return query.error();
    const auto view = store->view({}, search::page_time(*query));
    auto found = search::run(registry, *view, *query, Limits{});
    if (found) found->warnings.add(std::move(warnings));
    return found;
}

inline std::string Ward::ids(const std::string& text) const {
    const auto found = page(text);
    if (!found) return "!" + rule_of(found.error());
    std::string out;
    for (const auto& entry : found->entries)
        out += (out.empty() ? "" : " ") + std::string(entry.included ? "+" : "") + entry.version.key.id;
    return out;
}

} // namespace huitong::tests
