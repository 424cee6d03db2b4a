#include "feeds/renormaliser.hpp"

#include "fhir/json.hpp"
#include "mapping/written.hpp"

#include <algorithm>
#include <map>
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

/// Whether anything that the map calls is of that rule.
bool may_touch(const mapping::MapLibrary& maps, const std::string& map, const RuleName& rule) {
    const auto rules = maps.rules(map);
    return std::any_of(rules.begin(), rules.end(), [&](const auto& record) { return is_of(record, rule); });
}

const Feed* feed_of(const std::vector<Feed>& feeds, std::string_view name) {
    const auto found = std::find_if(feeds.begin(), feeds.end(), [&](const Feed& feed) { return feed.settings.name == name; });
    return found == feeds.end() ? nullptr : &*found;
}

} // namespace

/// One question about a rule over many messages: what it found out of a feed's maps it keeps.
class Renormaliser::Question {
public:
    Question(const Renormaliser& of, const RuleName& rule)
        : pipeline_(of.pipeline_), inbox_(of.inbox_), content_of_(of.content_of_), rule_(rule) {}

    /// nullopt: the rule wrote nothing of the message, then or today.
    std::optional<Touched> look_at(const MessageId& id, fhir::Element status) {
        auto stored = inbox_.find(id);
        if (!stored) return std::nullopt;
        const std::string content(status.text("content")), outcome(status.text("outcome"));
        const bool is_todays = !content.empty() && content == pipeline_.content_id();
        const auto past = is_todays || content.empty() || !content_of_ ? nullptr : content_of_(content);
        if (!may_touch(stored->message.source, content, past.get())) return std::nullopt;
        std::set<std::string> resources;
        const auto today = pipeline_.rehearse(*stored);
        add_resources(today, rule_, resources);
        Touched out;
        out.is_unknown = !is_todays && !past && outcome.empty();
        out.differs = !outcome.empty() && outcome != today.outcome;
        // What came out as it did then was written by the same rules; messages from before outcomes were kept are run both ways.
        if (past && (out.differs || outcome.empty())) {
            const auto then = pipeline_.rehearse(std::move(*stored), *past);
            add_resources(then, rule_, resources);
            out.differs = then.outcome != today.outcome;
        }
        if (resources.empty()) return std::nullopt;
        out.message = id;
        out.resources.assign(resources.begin(), resources.end());
        return out;
    }

private:
    /// By the maps of today and those of then; where those are gone, anything may be.
    bool may_touch(const std::string& feed, const std::string& content, const PastContent* past) {
        const auto [known, is_new] = seen_.try_emplace({feed, content}, true);
        if (!is_new) return known->second;
        const auto* today = pipeline_.find_feed(feed);
        const auto* then = past ? feed_of(past->feeds, feed) : today;
        const bool is_gone = !past && content != pipeline_.content_id();
        known->second = is_gone || (today && feeds::may_touch(pipeline_.maps(), today->settings.map, rule_)) ||
                        (past && then && feeds::may_touch(*past->maps, then->settings.map, rule_));
        return known->second;
    }

    const Pipeline& pipeline_;
    const DurableInbox& inbox_;
    const Tracer::ContentOf& content_of_;
    const RuleName& rule_;
    std::map<std::pair<std::string, std::string>, bool> seen_; ///< feed and content → whether a map of them has the rule
};

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
    Question question(*this, rule);
    for_each_applied([&](const MessageId& id, fhir::Element status) {
        if (auto found = question.look_at(id, status)) out.push_back(std::move(*found));
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
    Question question(*this, rule);
    std::set<std::string, std::less<>> written; // by what is applied again
    for_each_applied([&](const MessageId& id, fhir::Element status) {
        bool is_meant = false;
        for (const auto one : status.children("resources")) is_meant = is_meant || written.contains(one.value());
        if (!is_meant) {
            const auto found = question.look_at(id, status);
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
