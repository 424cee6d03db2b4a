#include "identity/steward_desk.hpp"

#include "base/json_writer.hpp"
#include "identity/decision_record.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace huitong::identity {
namespace {

constexpr std::size_t kReviewsMax = 10'000;

std::string word(const StewardDesk::Words& words, const std::string& name) {
    const auto found = words.find(name);
    return found == words.end() ? std::string() : found->second;
}

void write_reasons(const std::vector<std::string>& rules, JsonWriter& json) {
    json.array("reasons");
    for (const auto& rule : rules) json.text(rule);
    json.end_array();
}

std::string reference(const std::string& patient) { return "Patient/" + patient; }

} // namespace

Result<StewardDesk::Answer> StewardDesk::answer(const std::string& verb, const Words& words) {
    if (verb == "decide") return decide(words);
    if (verb == "explain") return explain(word(words, "a"), word(words, "b"));
    if (verb != "queue") return Outcome(error(IssueCode::not_found, "", "identity-desk", {verb}));
    std::size_t count = 50;
    const auto text = word(words, "count");
    std::from_chars(text.data(), text.data() + text.size(), count);
    return queue(std::min(count, kReviewsMax));
}

StewardDesk::Answer StewardDesk::queue(std::size_t count) const {
    Answer out;
    JsonWriter json;
    json.object().array("reviews");
    for (const auto& review : linker_.reviews(count)) {
        json.object().member("a", review.a).member("b", review.b);
        write_reasons(review.judgement.reasons, json);
        json.end_object();
        out.patients.insert(out.patients.end(), {reference(review.a), reference(review.b)});
    }
    json.end_array().end_object();
    out.json = json.take();
    return out;
}

Result<StewardDesk::Answer> StewardDesk::explain(const std::string& a, const std::string& b) const {
    const auto person = linker_.person_of(a);
    if (person.empty()) return Outcome(error(IssueCode::not_found, "", "identity-unknown-patient"));
    Answer out;
    out.patients.push_back(reference(a));
    JsonWriter json;
    json.object();
    if (!b.empty()) {
        out.patients.push_back(reference(b));
        const auto judgement = linker_.judge_pair(a, b);
        json.member("verdict", verdict_text(judgement.verdict));
        write_reasons(judgement.reasons, json);
        json.end_object();
        out.json = json.take();
        return out;
    }
    json.member("patient", a).member("person", person).array("fellows");
    for (const auto& fellow : linker_.same_person(a)) {
        if (fellow == a) continue;
        json.object().member("patient", fellow);
        write_reasons(linker_.judge_pair(a, fellow).reasons, json);
        json.end_object();
        out.patients.push_back(reference(fellow));
    }
    json.end_array().array("events");
    for (const auto& event : linker_.events(a)) {
        json.object().member("id", event.id).member("kind", event.kind).member_if("person", event.person).member_if("with", event.with);
        json.member_if("who", event.who).member_if("why", event.why);
        write_reasons(event.reasons, json);
        json.end_object();
    }
    json.end_array().end_object();
    out.json = json.take();
    return out;
}

Result<StewardDesk::Answer> StewardDesk::decide(const Words& words) {
    using Saying = Linker::Saying;
    constexpr std::array kSayings = {std::pair("link", Saying::same), std::pair("unlink", Saying::different),
                                     std::pair("withdraw", Saying::withdraw)};
    const auto asked = word(words, "saying");
    const auto known = std::find_if(kSayings.begin(), kSayings.end(), [&](const auto& row) { return asked == row.first; });
    if (known == kSayings.end()) return Outcome(error(IssueCode::not_found, "", "identity-desk", {asked}));
    const auto a = word(words, "a"), b = word(words, "b"), who = word(words, "who"), why = word(words, "why");
    const auto decided = linker_.decide(a, b, known->second, who, why);
    if (!decided) return decided.error();
    const auto done = store_.commit_and_wait(decision_commit(store_, registry_, *decided, a, b, known->second, who, why, clock_.now()));
    if (!done) {
        linker_.forget(*decided);
        return done.error();
    }
    Answer out;
    JsonWriter json;
    json.object().array("persons");
    for (const auto& patient : {a, b}) {
        json.object().member("patient", patient).member("person", linker_.person_of(patient)).end_object();
        out.patients.push_back(reference(patient));
    }
    json.end_array().end_object();
    out.json = json.take();
    return out;
}

} // namespace huitong::identity
