// Random resources, random changes, random queries: the indexes must find what a walk over all resources finds.
// HUITONG_SEARCH_CASES sets how many queries (3,000 without it), HUITONG_SEARCH_SEED another beginning.
#include "unit/search/naive.hpp"
#include "unit/search/ward.hpp"
#include "unit/store/database.hpp"

#include <random>

using namespace huitong;
using namespace huitong::tests;

namespace {

/// Draws from small vocabularies, so that values meet.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t bound) { return random_() % bound; }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <std::size_t Size>
    std::string one_of(const char* const (&words)[Size]) {
        return words[below(Size)];
    }

    std::string id(const char* letter, std::size_t bound) { return letter + std::to_string(below(bound)); }
    std::string date() {
        static constexpr const char* kDates[] = {"2026",
                                                 "2026-03",
                                                 "2026-03-10",
                                                 "2026-03-11",
                                                 "2026-03-10T00:00:00+08:00",
                                                 "2026-03-09T16:00:00Z",
                                                 "2026-03-10T23:59:59+08:00",
                                                 "2026-03-10T10:30:00.250+08:00",
                                                 "2026-02-28",
                                                 "2025-12-31T23:30:00-05:00",
                                                 "2027-01"};
        return one_of(kDates);
    }
    std::string number() {
        static constexpr const char* kNumbers[] = {"5", "5.4", "5.40", "5.45", "0.5", "-3", "100", "100.0", "99.5", "0"};
        return one_of(kNumbers);
    }
    std::string concept_json() {
        static constexpr const char* kConcepts[] = {
            R"({"coding":[{"system":"urn:a","code":"x","display":"Glucose"}]})",
            R"({"coding":[{"system":"urn:a","code":"y"},{"system":"urn:b","code":"x"}],"text":"Glukose, Blut"})",
            R"({"coding":[{"code":"x"}]})",
            R"({"text":"glucose only"})",
            R"({"coding":[{"system":"urn:b","code":"z","display":"血糖"}]})",
            R"({"coding":[{"system":"urn:a"}]})",
        };
        return one_of(kConcepts);
    }
    std::string quantity_json() {
        static constexpr const char* kUnits[] = {R"(,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg")",
                                                 R"(,"unit":"g","system":"http://unitsofmeasure.org","code":"g")",
                                                 R"(,"system":"urn:units","code":"mg")",
                                                 R"(,"unit":"mg")",
                                                 "",
                                                 R"(,"unit":"Stk")"};
        static constexpr const char* kComparators[] = {"", "", "", "", R"(,"comparator":"<")", R"(,"comparator":">=")"};
        return R"({"value":)" + number() + one_of(kUnits) + one_of(kComparators) + '}';
    }
    std::string reference_json() {
        static constexpr const char* kOther[] = {"Group/p1", "http://peer.example/fhir/Patient/p1", "urn:uuid:1", "#c", "Patient/gone"};
        return R"({"reference":")" + (chance(75) ? "Patient/" + id("p", 12) : one_of(kOther)) + R"("})";
    }
    std::string patient() {
        static constexpr const char* kNames[] = {
            R"({"family":"Müller","given":["Anna"]})", R"({"family":"muller"})", R"({"text":"张三","family":"张"})",
            R"({"family":"Meier","given":["An","Maria"],"text":"An Maria Meier"})", R"({"text":"张三丰"})"};
        std::string out;
        if (chance(80)) out += R"(,"name":[)" + one_of(kNames) + (chance(30) ? "," + one_of(kNames) : "") + ']';
        if (chance(70)) out += R"(,"gender":")" + std::string(chance(50) ? "female" : "male") + '"';
        if (chance(80)) out += R"(,"birthDate":")" + date().substr(0, 10) + '"';
        if (chance(60)) out += R"(,"active":)" + std::string(chance(50) ? "true" : "false");
        if (chance(20))
            out += chance(50) ? R"(,"deceasedBoolean":)" + std::string(chance(50) ? "true" : "false")
                              : R"(,"deceasedDateTime":")" + date() + '"';
        if (chance(70))
            out += R"(,"identifier":[{"system":"urn:mrn","value":")" + std::to_string(below(6)) + R"("},{"value":")" +
                   std::to_string(below(6)) + "\"}]";
        if (chance(40)) out += R"(,"managingOrganization":{"reference":"Organization/)" + id("h", 3) + "\"}";
        return R"({"resourceType":"Patient","id":")" + id("p", 12) + '"' + out + '}';
    }
    std::string observation() {
        std::string out = R"(,"status":")" + std::string(chance(70) ? "final" : "preliminary") + R"(","code":)" + concept_json();
        if (chance(90)) out += R"(,"subject":)" + reference_json() + R"(,"contained":[{"resourceType":"Patient","id":"c"}])";
        if (chance(40)) out += R"(,"category":[)" + concept_json() + ']';
        switch (below(4)) {
        case 0: out += R"(,"effectiveDateTime":")" + date() + '"'; break;
        case 1: out += R"(,"effectivePeriod":{"start":")" + date() + '"' + (chance(60) ? R"(,"end":"2026-03-12")" : "") + '}'; break;
        case 2: out += R"(,"effectivePeriod":{"end":")" + date() + "\"}"; break;
        default: break;
        }
        if (chance(70)) out += ',' + value();
        if (chance(40)) {
            out += R"(,"component":[)";
            for (std::size_t count = below(2) + 1;; --count) {
                out += R"({"code":)" + concept_json() + (chance(80) ? "," + value() : "") + '}';
                if (count == 1) break;
                out += ',';
            }
            out += ']';
        }
        return R"({"resourceType":"Observation","id":")" + id("o", 60) + '"' + out + '}';
    }
    std::string value() {
        if (chance(60)) return R"("valueQuantity":)" + quantity_json();
        if (chance(60)) return R"("valueCodeableConcept":)" + concept_json();
        return R"("valueString":"trace )" + std::to_string(below(3)) + '"';
    }
    std::string encounter() {
        return R"({"resourceType":"Encounter","id":")" + id("e", 15) + R"(","status":")" + (chance(50) ? "finished" : "planned") +
               R"(","class":{"system":"urn:c","code":")" + (chance(50) ? "AMB" : "IMP") + R"("},"subject":)" + reference_json() +
               R"(,"period":{"start":")" + date() + "\"}}";
    }
    std::string resource() {
        const auto draw = below(10);
        return draw < 6 ? observation() : draw < 8 ? patient() : draw < 9 ? encounter() : organization();
    }
    std::string organization() {
        return R"({"resourceType":"Organization","id":")" + id("h", 3) + R"(","name":")" + (chance(50) ? "North" : "South") +
               R"(","active":)" + (chance(50) ? "true" : "false") + '}';
    }

    using Condition = std::pair<std::string, std::string>;
    std::string some(std::string (Generator::*value)()) {
        auto out = (this->*value)();
        while (chance(25)) out += ',' + (this->*value)();
        return out;
    }
    std::string token_value() {
        static constexpr const char* kValues[] = {"x", "y", "urn:a|x", "urn:b|x", "|x", "urn:a|", "z", "urn:b|z", "none", "urn:none|x"};
        return chance(25) ? one_of(kValues) : kValues[below(6)];
    }
    std::string prefixed(const std::string& value) {
        static constexpr const char* kPrefixes[] = {"", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};
        return one_of(kPrefixes) + value;
    }
    std::string date_value() { return prefixed(date()); }
    std::string birth_value() { return prefixed(date().substr(0, 10)); }
    std::string quantity_value() {
        static constexpr const char* kUnits[] = {
            "", "", "|http://unitsofmeasure.org|mg", "|http://unitsofmeasure.org|g", "||mg", "|urn:units|mg", "||Stk"};
        return prefixed(number()) + one_of(kUnits);
    }
    std::string reference_value() {
        static constexpr const char* kOther[] = {"Group/p1", "http://peer.example/fhir/Patient/p1", "urn:uuid:1", "p1", "p2"};
        return chance(70) ? "Patient/" + id("p", 12) : one_of(kOther);
    }
    std::string name_value() {
        static constexpr const char* kNames[] = {"mul", "MÜLLER", "Müller", "an", "maria", "张", "张三", "三", "zz"};
        return one_of(kNames);
    }
    std::string text_value() {
        static constexpr const char* kTexts[] = {"glu", "Glucose", "血", "blut", "zz"};
        return one_of(kTexts);
    }
    std::string code_and_quantity() { return token_value() + '$' + quantity_value(); }
    std::string code_and_concept() { return token_value() + '$' + token_value(); }

    Condition patient_condition() {
        static constexpr const char* kStrings[] = {"name", "name:contains", "name:exact", "family", "given", "family:exact", "phonetic"};
        switch (below(9)) {
        case 0: return {one_of(kStrings), some(&Generator::name_value)};
        case 1: return {chance(30) ? "gender:not" : "gender", chance(50) ? "female" : "male,unknown"};
        case 2: return {"birthdate", some(&Generator::birth_value)};
        case 3: return {"identifier", chance(50) ? "urn:mrn|" + std::to_string(below(6)) : std::to_string(below(6))};
        case 4: return {"active", chance(50) ? "true" : "false"};
        case 5: return {"deceased", chance(50) ? "true" : "false"};
        case 6: return {"organization", "Organization/" + id("h", 3)};
        case 7: return {std::string(chance(50) ? "birthdate" : "name") + ":missing", chance(50) ? "true" : "false"};
        default: return {"organization.name", chance(50) ? "north" : "so"};
        }
    }
    Condition observation_condition() {
        static constexpr const char* kTokens[] = {"code",     "code:not",      "combo-code",         "component-code",
                                                  "category", "value-concept", "combo-value-concept"};
        static constexpr const char* kQuantities[] = {"value-quantity", "component-value-quantity", "combo-value-quantity"};
        static constexpr const char* kComposites[] = {"code-value-quantity", "component-code-value-quantity", "combo-code-value-quantity"};
        static constexpr const char* kConcepts[] = {"code-value-concept", "component-code-value-concept", "combo-code-value-concept"};
        static constexpr const char* kMissing[] = {"code",     "subject",        "patient",        "date",
                                                   "category", "value-quantity", "component-code", "value-concept"};
        switch (below(13)) {
        case 0: return {one_of(kTokens), some(&Generator::token_value)};
        case 1: return {"code:text", text_value()};
        case 2: return {"status", chance(50) ? "final" : "preliminary"};
        case 3: return {"date", some(&Generator::date_value)};
        case 4: return {one_of(kQuantities), some(&Generator::quantity_value)};
        case 5: return {one_of(kComposites), some(&Generator::code_and_quantity)};
        case 6: return {one_of(kConcepts), some(&Generator::code_and_concept)};
        case 7: return {chance(50) ? "subject" : "patient", some(&Generator::reference_value)};
        case 8: return {"subject:Patient", id("p", 12)};
        case 9: return {one_of(kMissing) + ":missing", chance(50) ? "true" : "false"};
        case 10: {
            const auto inner = patient_condition();
            return {std::string(chance(50) ? "patient." : "subject:Patient.") + inner.first, inner.second};
        }
        case 11: return {"patient._has:Encounter:patient:status", chance(50) ? "finished" : "planned"};
        default: return {"value-string", "trace " + std::to_string(below(4))};
        }
    }
    std::pair<std::string, std::vector<Condition>> query() {
        std::pair<std::string, std::vector<Condition>> out;
        const bool patients = chance(35);
        out.first = patients ? "Patient" : "Observation";
        for (std::size_t count = chance(60) ? 1 : below(3) + 1; count > 0; --count) {
            if (patients && chance(30)) {
                auto inner = observation_condition();
                if (inner.first.find(".") == inner.first.npos) {
                    out.second.emplace_back("_has:Observation:" + std::string(chance(50) ? "subject:" : "patient:") + inner.first,
                                            inner.second);
                    continue;
                }
            }
            out.second.push_back(patients ? patient_condition() : observation_condition());
        }
        return out;
    }

private:
    std::mt19937_64 random_;
};

std::size_t number_from(const char* variable, std::size_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::stoull(text) : otherwise;
}

} // namespace

BOOST_AUTO_TEST_SUITE(differential)

BOOST_AUTO_TEST_CASE(the_indexes_find_what_a_walk_over_everything_finds) {
    const auto cases = number_from("HUITONG_SEARCH_CASES", 3'000);
    const auto seed = number_from("HUITONG_SEARCH_SEED", 20'261'120);
    Ward ward;
    NaiveSearch naive(r4_definitions(), kNoon);
    Generator generator(seed);
    auto change = [&] {
        if (generator.chance(15) && !naive.resources().empty()) {
            auto at = naive.resources().begin();
            std::advance(at, static_cast<std::ptrdiff_t>(generator.below(naive.resources().size())));
            const auto key = at->first;
            naive.remove(key);
            put(*ward.store, removal_of(key.type, key.id));
        } else {
            const auto json = generator.resource();
            naive.put(json);
            ward.add(json);
        }
    };
    for (int step = 0; step < 75; ++step) change();
    // Some 100,000 versions later: what follows stands in another segment of the index.
    ward.store.reset();
    execute(ward.folder.path(), "UPDATE log SET last_version_key = 100000 WHERE t = (SELECT max(t) FROM log)");
    ward.store = open_in(ward.folder.path(), &ward.clock);
    for (int step = 0; step < 75; ++step) change();
    std::size_t found_any = 0, wrong = 0;
    for (std::size_t number = 0; number < cases && wrong < 20; ++number) {
        if (number % 10 == 0) change();
        const auto [type, conditions] = generator.query();
        std::string text = type + '?';
        for (const auto& [name, value] : conditions) text += encode_url(name) + '=' + encode_url(value) + '&';
        const auto expected = naive.find(type, conditions);
        std::vector<std::string> found;
        const auto page = ward.page(text + "_count=1000");
        if (page) {
            for (const auto& entry : page->entries) found.push_back(entry.version.key.id);
        } else {
            found.push_back("!" + rule_of(page.error()));
        }
        std::sort(found.begin(), found.end());
        found_any += expected.empty() ? 0u : 1u;
        if (found == expected) continue;
        ++wrong;
        std::string shown, wanted;
        for (const auto& id : found) shown += ' ' + id;
        for (const auto& id : expected) wanted += ' ' + id;
        BOOST_ERROR("seed " << seed << ", query " << number << ": " << text << "\n  finds " << shown << "\n  walk  " << wanted);
    }
    BOOST_TEST(found_any > cases / 4); // else the comparison says little
    BOOST_TEST_MESSAGE(cases << " queries, " << found_any << " with matches");
}

BOOST_AUTO_TEST_SUITE_END()
