#include "feeds/renormaliser.hpp"

#include "fhir/json.hpp"
#include "mapping/written.hpp"

#include <algorithm>
#include <set>

namespace huitong::feeds {
namespace {

constexpr std::size_t kFactsAtOnce = 1'000;
/// Above every message id.
constexpr const char* kBehindAll = "~";

bool is_of(const mapping::RuleRecord& record, const RuleName& rule) {
    return record.map == rule.map && (rule.rule.empty() || rule.rule == record.rule || rule.rule == record.group + '.' + record.rule);
}

/// Names of the resources of a passage that hold a value of the rule.
void add_resources(const Passage& passage, const RuleName& rule, std::set<std::string>& out) {
    if (!passage.prepared) return;
    for (const auto& entry : passage.prepared->entries) {
        if (!entry.resource) continue;
        bool is_touched = false;
        mapping::visit_written(passage.mapped.lineage, entry.resource, {},
                               [&](const auto& written) { is_touched = is_touched || is_of(written.record, rule); });
        if (is_touched) out.insert(entry.type + '/' + entry.id);
    }
}

std::string outcome_of(const Passage& passage) {
    return passage.mapped.output ? fhir::write_json(passage.mapped.output->root()) : std::string();
}

} // namespace

std::optional<Touched> Renormaliser::look_at(const MessageId& id, const std::string& content, const RuleName& rule) const {
    auto stored = inbox_.find(id);
    if (!stored) return std::nullopt;
    const auto is_todays = !content.empty() && content == pipeline_.content_id();
    const auto past = is_todays || content.empty() || !content_of_ ? nullptr : content_of_(content);
    const auto today = pipeline_.rehearse(*stored);
    std::set<std::string> resources;
    add_resources(today, rule, resources);
    Touched out;
    out.is_unknown = !is_todays && !past;
    if (past) {
        const auto then = pipeline_.rehearse(std::move(*stored), *past);
        add_resources(then, rule, resources);
        out.differs = outcome_of(then) != outcome_of(today);
    }
    if (resources.empty()) return std::nullopt;
    out.message = id;
    out.resources.assign(resources.begin(), resources.end());
    return out;
}

void Renormaliser::for_each_applied(const std::function<void(const MessageId&, fhir::Element)>& take) const {
    std::string from;
    for (;;) {
        const auto facts = store_.facts(std::string(kMessageFacts), from, kBehindAll, kFactsAtOnce);
        for (const auto& [id, fact] : facts) {
            const auto status = fhir::read_plain_json(fact);
            if (!status.issues.has_errors() && status.value->root().text("status") == "applied") take(id, status.value->root());
        }
        if (facts.size() < kFactsAtOnce) return;
        from = facts.back().first + '\x01';
    }
}

std::vector<Touched> Renormaliser::touched(const RuleName& rule) const {
    std::vector<Touched> out;
    for_each_applied([&](const MessageId& id, fhir::Element status) {
        if (auto found = look_at(id, std::string(status.text("content")), rule)) out.push_back(std::move(*found));
    });
    return out;
}

std::string Renormaliser::written_otherwise(fhir::Element status) const {
    const auto view = store_.view();
    for (const auto resource : status.children("resources")) {
        const auto name = resource.value();
        const auto slash = name.find('/');
        if (slash == name.npos) continue;
        const auto found = view->current({std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))});
        if (found && *found && (*found)->message_id.empty()) return std::string(name);
    }
    return {};
}

Replay Renormaliser::replay(const RuleName& rule) const {
    Replay out;
    std::set<std::string, std::less<>> written; // by what is applied again
    for_each_applied([&](const MessageId& id, fhir::Element status) {
        bool is_meant = false;
        for (const auto one : status.children("resources")) is_meant = is_meant || written.contains(one.value());
        if (!is_meant) {
            const auto found = look_at(id, std::string(status.text("content")), rule);
            is_meant = found && found->differs;
        }
        if (!is_meant) return;
        if (auto other = written_otherwise(status); !other.empty()) {
            out.skipped.push_back({id, std::move(other)});
            return;
        }
        for (const auto one : status.children("resources")) written.emplace(one.value());
        out.messages.push_back(id);
    });
    return out;
}

} // namespace huitong::feeds
