// The 25 rules by vectors (tests/vectors/recognition/decide.tsv), and what holds for every decision.
#include "unit/recognition/vectors.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace data = boost::unit_test::data;
using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::recognition::tests;

namespace {

Case case_of(const Vector& vector) {
    Case out;
    out.apply("base=" + vector["base"]);
    out.apply(vector["changes"]);
    return out;
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "" : ",") + word;
    return out.empty() ? "-" : out;
}

bool mentions(const RuleAnswer& answer, const std::string& word) {
    if (answer.code == word) return true;
    for (const auto& [name, value] : answer.evidence) {
        if (value == word) return true;
    }
    return false;
}

Decision decide(const Case& subject) { return recognition::decide(subject.request, subject.candidate, subject.facts, subject.at); }

/// Everything that a decision says.
std::string told(const Decision& decision) {
    std::string out = std::string(verdict_text(decision.verdict)) + ' ' + decision.mark + ' ' + decision.certificate + '\n' +
                      decision.explanation_zh + '\n' + decision.explanation_en + '\n';
    for (const auto& answer : decision.answers) {
        out += answer.rule + ' ' + std::string(answer_text(answer.answer)) + ' ' + answer.code;
        for (const auto& [name, value] : answer.evidence) out += ' ' + name + '=' + value;
        out += '\n';
    }
    return out;
}

Register indexed(Register facts) {
    facts.index = RegisterIndex(facts);
    return facts;
}

} // namespace

BOOST_AUTO_TEST_SUITE(decide_suite)

BOOST_DATA_TEST_CASE(decision_follows_vectors, data::make(read_vectors("decide.tsv")), vector) {
    const auto decision = decide(case_of(vector));
    BOOST_TEST(std::string(verdict_text(decision.verdict)) == vector["verdict"]);
    BOOST_TEST((decision.mark.empty() ? "-" : decision.mark) == vector["mark"]);
    if (vector["reasons"] != "ANY") BOOST_TEST(joined(decision.reasons()) == vector["reasons"]);
    for (const auto& check : split(vector["checks"], " ")) {
        const auto equal = check.find('=');
        const auto colon = check.find(':');
        const auto index = std::stoul(check.substr(1, equal - 1)) - 1;
        const auto& answer = decision.answers.at(index);
        BOOST_TEST(answer.rule == check.substr(0, equal));
        BOOST_TEST(std::string(answer_text(answer.answer)) == check.substr(equal + 1, colon == check.npos ? check.npos : colon - equal - 1),
                   answer.rule);
        if (colon != check.npos) BOOST_TEST(mentions(answer, check.substr(colon + 1)), answer.rule << " says " << answer.code);
    }
}

BOOST_DATA_TEST_CASE(an_index_of_the_register_changes_no_decision, data::make(read_vectors("decide.tsv")), vector) {
    auto subject = case_of(vector);
    const auto plain = told(decide(subject));
    subject.facts = indexed(subject.facts);
    BOOST_TEST(told(decide(subject)) == plain);
}

BOOST_AUTO_TEST_CASE(an_index_finds_what_a_walk_over_all_rows_finds) {
    const auto plain = Register::load(source_path("terminology/recognition")).value;
    const auto quick = indexed(plain);
    const auto again = quick; // a copy's index is of the copy's rows
    const auto name = [](const auto* row) { return row ? row->valid_from + ' ' + row->area + ' ' + row->item : std::string("-"); };
    std::size_t found = 0;
    for (const auto& receiver : plain.institutions) {
        for (const std::string date : {"2025-12-31", "2026-07-01", "2026-11-20", "2027-06-30", "2031-01-01"}) {
            const auto* institution = find_institution(plain, receiver.id, date);
            for (const auto* facts : {&quick, &again}) {
                const auto* other = find_institution(*facts, receiver.id, date);
                BOOST_REQUIRE((institution != nullptr) == (other != nullptr));
                BOOST_TEST((!other || (other >= facts->institutions.data() && other->name == institution->name)));
                for (const auto& item : plain.items) {
                    const auto* row = find_item(plain, item.item, receiver, date);
                    found += row ? 1 : 0;
                    BOOST_TEST(name(find_item(*facts, item.item, receiver, date)) == name(row));
                }
            }
        }
    }
    BOOST_TEST(found > 100U);
    for (const auto& item : plain.items) {
        for (const auto& [system, code] : item.codes) {
            BOOST_TEST(item_of_code(quick, system, code) == item_of_code(plain, system, code));
            BOOST_TEST(item_of_code(quick, system + "x", code).empty());
        }
    }
    BOOST_TEST(find_institution(quick, "990000H0000", "2026-11-20") == nullptr);
}

// What must hold whatever the case: design "Mutual recognition".
BOOST_DATA_TEST_CASE(every_decision_is_whole, data::make(read_vectors("decide.tsv")), vector) {
    const auto subject = case_of(vector);
    const auto decision = decide(subject);
    BOOST_TEST(decision.answers.size() == (find_pack(subject.facts, subject.request.pack) ? 25U : 26U));
    for (std::size_t i = 0; i < 25; ++i) BOOST_TEST(decision.answers[i].rule == (i < 9 ? "R0" : "R") + std::to_string(i + 1));
    BOOST_TEST(decision.register_version == subject.facts.version);
    if (decision.verdict != Verdict::recognise) {
        BOOST_TEST(decision.mark.empty());
        BOOST_TEST(!decision.reasons().empty());
        BOOST_TEST(decision.explanation_zh.find("HR") == std::string::npos);
        BOOST_TEST(decision.explanation_zh.find("可互认") == std::string::npos);
    }
    BOOST_TEST(decision.mark.empty() == decision.certificate.empty());
    // Every reason has words: an id in the card would mean a row missing in the catalogue.
    BOOST_TEST(decision.explanation_zh.find("recognition-") == std::string::npos, decision.explanation_zh);
    BOOST_TEST(decision.explanation_en.find("recognition-") == std::string::npos, decision.explanation_en);
}

// The vectors themselves: each rule shows each answer that it can give.
BOOST_AUTO_TEST_CASE(vectors_cover_every_answer_of_every_rule) {
    const std::map<std::string, std::string> kCanGive = {
        {"R01", "pru"},  {"R02", "pru"},  {"R03", "pru"},  {"R04", "pru"},  {"R05", "pru"},  {"R06", "pru"},  {"R07", "prun"},
        {"R08", "prun"}, {"R09", "prun"}, {"R10", "prn"},  {"R11", "pru"},  {"R12", "prun"}, {"R13", "prun"}, {"R14", "prun"},
        {"R15", "prun"}, {"R16", "pru"},  {"R17", "pru"},  {"R18", "prun"}, {"R19", "prun"}, {"R20", "pru"},  {"R21", "pru"},
        {"R22", "prun"}, {"R23", "p"},    {"R24", "prun"}, {"R25", "n"},
    };
    std::map<std::string, std::set<char>> checked;
    for (const auto& vector : read_vectors("decide.tsv")) {
        for (const auto& check : split(vector["checks"], " ")) checked[check.substr(0, 3)].insert(check.at(4));
    }
    for (const auto& [rule, answers] : kCanGive) {
        for (const char answer : answers) BOOST_TEST(checked[rule].count(answer) == 1U, rule << " never shown as " << answer);
    }
}

BOOST_DATA_TEST_CASE(panel_follows_vectors, data::make(read_vectors("panel.tsv")), vector) {
    Panel panel;
    panel.mandatory = split(vector["mandatory"], ";");
    std::map<std::string, Verdict> members;
    for (const auto& member : split(vector["members"], " ")) {
        const auto equal = member.find('=');
        for (const auto verdict : {Verdict::recognise, Verdict::reference_only, Verdict::omitted, Verdict::withheld}) {
            if (verdict_text(verdict) == member.substr(equal + 1)) members[member.substr(0, equal)] = verdict;
        }
    }
    const auto decision = decide_panel(panel, members);
    const auto answer = std::string(answer_text(decision.answer.answer)) + (decision.answer.code.empty() ? "" : ":" + decision.answer.code);
    BOOST_TEST(std::string(verdict_text(decision.verdict)) == vector["verdict"]);
    BOOST_TEST(decision.answer.rule == "R25");
    BOOST_TEST(answer == vector["answer"]);
    BOOST_TEST(decision.missing == split(vector["missing"], ";"), boost::test_tools::per_element());
    BOOST_TEST(decision.recognised == split(vector["recognised"], ";"), boost::test_tools::per_element());
}

// The card of scenario 1, word for word.
BOOST_AUTO_TEST_CASE(the_card_says_what_the_doctor_needs) {
    Case subject;
    subject.apply("base=cbc");
    BOOST_TEST(decide(subject).explanation_zh == "可互认 全国HR · 黄山甲医院 · 2026-11-20 08:45 采集 · 距今 24h35m · 窗口 72h");
    BOOST_TEST(decide(subject).certificate == "NCCL-2026-BC-0117");
    subject.apply("iqc=; events_known=false");
    BOOST_TEST(decide(subject).explanation_zh ==
               "可互认 全国HR · 黄山甲医院 · 2026-11-20 08:45 采集 · 距今 24h35m · 窗口 72h；未核对：其间的医疗干预、室内质控");
    Case lapsed;
    lapsed.apply("base=glu");
    BOOST_TEST(decide(lapsed).explanation_zh ==
               "仅供参考 · 徽州区乙医院 · 2026-11-19 08:00 采集 · 距今 25h00m · 窗口 72h；采样时室间质评已过有效期");
}

// Pure: nothing but the arguments decides.
BOOST_AUTO_TEST_CASE(same_inputs_same_decision) {
    Case subject;
    subject.apply("base=cbc");
    const auto first = decide(subject);
    const auto second = decide(subject);
    BOOST_TEST(first.explanation_en == second.explanation_en);
    BOOST_TEST(joined(first.reasons()) == joined(second.reasons()));
    BOOST_TEST(first.pack_version == "2026.1");
}

BOOST_AUTO_TEST_SUITE_END()
