/// Patient/$match: who of the stored Patients somebody may be, graded by what identity says of the two records (identity/record.hpp) and by
/// the numbers that institutions gave. Nothing is linked by asking. A caller finds whom he may see, by what he may see of them.
/// Source: FHIR R4, Patient-operation-match; extension patient-match-grade.
#include "identity/identity.hpp"
#include "interaction/operations/observations.hpp"
#include "interaction/operations/parameters.hpp"

#include <algorithm>
#include <map>

namespace huitong::interaction {
namespace {

constexpr std::size_t kCandidatesMax = 1'000; ///< of one condition: as many as may share a day of birth
constexpr std::size_t kCountMax = 100, kCount = 20;

enum class Grade : std::uint8_t { possible, probable, certain };
constexpr std::string_view kGrades[] = {"possible", "probable", "certain"};
constexpr std::string_view kScores[] = {"0.4", "0.7", "1"};

struct Match {
    FoundResource patient;
    Grade grade = Grade::possible;
};

using Matches = std::map<std::string, Match>; ///< by id
using Criteria = std::vector<std::pair<std::string, std::string>>;

/// A value as a search takes it literally.
std::string literal(std::string_view text) {
    std::string out;
    for (const auto c : text) {
        if (c == '\\' || c == ',' || c == '|' || c == '$') out += '\\';
        out += c;
    }
    return out;
}

/// Each finds candidates by itself: the numbers, else and beside them the day of birth; a name alone only where nothing else is known.
std::vector<Criteria> conditions_of(fhir::Element patient, const identity::Record& record) {
    std::vector<Criteria> out;
    for (const auto identifier : patient.children("identifier")) {
        const auto value = identifier.text("value"), system = identifier.text("system");
        if (!value.empty()) out.push_back({{"identifier", (system.empty() ? "" : literal(system) + '|') + literal(value)}});
    }
    if (!record.birth_date.empty()) out.push_back({{"birthdate", record.birth_date}});
    const auto name = patient.child("name");
    const auto text = name.text("text").empty() ? name.text("family") : name.text("text");
    if (out.empty() && !text.empty()) out.push_back({{"name", literal(text)}});
    for (auto& criteria : out) criteria.emplace_back("active:not", "false"); // merged into another
    return out;
}

/// A number that both have, but for a mother's that a newborn goes by.
bool share_number(fhir::Element a, fhir::Element b, bool is_guardians) {
    for (const auto one : a.children("identifier")) {
        for (const auto other : b.children("identifier")) {
            const bool is_same =
                !one.text("value").empty() && one.text("value") == other.text("value") && one.text("system") == other.text("system");
            if (is_same && !(is_guardians && one.text("system") == identity::kNumberSystem)) return true;
        }
    }
    return false;
}

bool agree(std::string_view a, std::string_view b) { return !a.empty() && a == b; }
bool differ(std::string_view a, std::string_view b) { return !a.empty() && !b.empty() && a != b; }

/// nullopt: certainly another, or nothing speaks for it.
std::optional<Grade> grade_of(fhir::Element asked, const identity::Record& asked_record, fhir::Element known,
                              const identity::Record& known_record) {
    const auto judgement = identity::judge(asked_record, known_record);
    const auto& reason = judgement.reasons.front();
    if (judgement.verdict == identity::Verdict::same) return Grade::certain;
    if (reason == "identity-numbers-differ") return std::nullopt;
    const bool names_agree = agree(asked_record.name, known_record.name) ||
                             ((asked_record.name.empty() || known_record.name.empty()) && agree(asked_record.pinyin, known_record.pinyin));
    const bool names_differ = !names_agree && differ(asked_record.name, known_record.name);
    const bool births_differ = differ(asked_record.birth_date, known_record.birth_date);
    if (share_number(asked, known, reason == "identity-guardian-number")) {
        if (names_differ || births_differ) return Grade::possible;
        return names_agree ? Grade::certain : Grade::probable;
    }
    if (judgement.verdict == identity::Verdict::review) return Grade::possible;
    if (!names_agree || !agree(asked_record.birth_date, known_record.birth_date)) return std::nullopt;
    return agree(asked.text("gender"), known.text("gender")) ? Grade::probable : Grade::possible;
}

/// What is certain of one record is certain of all that are one person with it, as far as the caller sees them.
void add_persons(const Services& services, const access::Caller& caller, Matches& matches) {
    if (!services.linker) return;
    std::vector<std::string> certain;
    for (const auto& [id, match] : matches) {
        if (match.grade == Grade::certain) certain.push_back(id);
    }
    const auto view = services.store->view(access::filter_of(caller));
    for (const auto& id : certain) {
        for (const auto& other : services.linker->same_person(id)) {
            auto& match = matches[other];
            match.grade = Grade::certain;
            if (match.patient.document) continue;
            auto version = view->current({"Patient", other});
            if (!version || !*version || (*version)->deleted) {
                matches.erase(other);
                continue;
            }
            match.patient.document = fhir::read_json((*version)->body).value;
            match.patient.version = std::move(**version);
        }
    }
}

/// `onlyCertainMatches`: the one person it is, or nobody.
void keep_certain(const Services& services, Matches& matches) {
    std::erase_if(matches, [](const auto& one) { return one.second.grade != Grade::certain; });
    if (matches.size() < 2) return;
    const auto person = services.linker ? services.linker->same_person(matches.begin()->first) : std::vector<std::string>();
    const auto is_other = [&](const auto& one) { return std::find(person.begin(), person.end(), one.first) == person.end(); };
    if (std::any_of(matches.begin(), matches.end(), is_other)) matches.clear();
}

void write_entry(const Services& services, const Match& match, std::string& out) {
    const auto place = static_cast<std::size_t>(match.grade);
    out += out.ends_with('[') ? "{\"fullUrl\":" : ",{\"fullUrl\":";
    fhir::write_json_string(services.base_url + "/Patient/" + match.patient.version.key.id, out);
    out += ",\"resource\":" + match.patient.version.body +
           R"(,"search":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/match-grade","valueCode":")";
    out.append(kGrades[place]).append("\"}],\"mode\":\"match\",\"score\":").append(kScores[place]).append("}}");
}

Response answer_of(const Services& services, const Matches& matches, std::size_t count) {
    std::vector<const Match*> ordered;
    for (const auto& [id, match] : matches) ordered.push_back(&match);
    std::stable_sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) { return a->grade > b->grade; });
    if (ordered.size() > count) ordered.resize(count);
    Response out;
    out.body = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":" + std::to_string(ordered.size()) + ",\"entry\":[";
    for (const auto* match : ordered) {
        write_entry(services, *match, out.body);
        touch(out, match->patient.version);
    }
    close_entries(out.body);
    return out;
}

} // namespace

boost::asio::awaitable<Response> match(const Services& services, Request request, Route route) {
    if (route.type != "Patient") co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$match", "Patient"}));
    const auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    const auto asked = input->root().type() == "Patient" ? input->root() : input->element("resource");
    if (asked.type() != "Patient") co_return failed(error(IssueCode::required, "", "operation-parameter", {"resource"}));
    const auto rules = services.linker ? services.linker->rules() : identity::IdNumberRules();
    const auto record = identity::record_of(asked, rules);
    const auto conditions = conditions_of(asked, record);
    if (conditions.empty()) co_return failed(error(IssueCode::required, "Patient", "operation-match-little"));
    Matches matches;
    for (const auto& criteria : conditions) {
        auto found = find_all(services, request, "Patient", criteria, "_id", kCandidatesMax);
        // Everybody whose day of birth nobody knew has the same one; whom a number found is found all the same.
        if (!found && !matches.empty() && found.error().leading()->rule == "operation-too-many") continue;
        if (!found) co_return failed(found.error());
        for (auto& one : *found) {
            const auto grade = grade_of(asked, record, one.root(), identity::record_of(one.root(), rules));
            const auto id = one.version.key.id;
            if (grade) matches.try_emplace(id, Match{std::move(one), *grade});
        }
    }
    add_persons(services, request.caller, matches);
    if (input->text("onlyCertainMatches") == "true") keep_certain(services, matches);
    const auto count = input->text("count");
    const auto wanted = count.empty() ? kCount : static_cast<std::size_t>(std::strtoul(count.c_str(), nullptr, 10));
    co_return answer_of(services, matches, std::min(wanted, kCountMax));
}

} // namespace huitong::interaction
