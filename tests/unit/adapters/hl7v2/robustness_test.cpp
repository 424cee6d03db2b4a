#include "adapters/hl7v2/tree.hpp"
#include "unit/adapters/hl7v2/samples.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>
#include <random>
#include <sstream>

namespace huitong::adapters::hl7v2::tests {

namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(hl7v2_robustness)

/// What every input must get: a tree whose spans lie in its text, and an ACK of the right form. Returns MSA-1.
std::string check_message(const std::string& bytes, const FrontRules& rules) {
    const auto envelope = front_check(bytes, rules);
    const auto answer = answer_of(envelope.issues);
    AckStamp stamp;
    stamp.control_id = "HT1";
    const auto ack = write_ack(envelope, answer, AckMode::original, stamp);
    const auto read = read_ack(ack);
    if (!read) return "";
    BOOST_CHECK(answer.kind == AckKind::accept || !answer.errors.empty());
    const auto tree = read_tree(decode_bytes_as(bytes, envelope.charset).text, envelope.charset);
    const auto& document = *tree.value;
    for (fhir::NodeIndex index = 0; index < document.size(); ++index) {
        const auto span = document.node(index).source;
        BOOST_REQUIRE(span.begin <= span.end && span.end <= document.text().size());
    }
    return read->code;
}

std::vector<std::string> own_samples() {
    std::vector<std::string> out = {result_message(), gb18030(result_message("C1", "GB18030")),
                                    gb18030(replaced(result_message(), "张三", "陈弢謀亊")),
                                    from_utf8(result_message(), Charset::utf16le).value};
    for (const auto& vector : read_vectors("ack.tsv", 7)) out.push_back(replaced(replaced(vector.cells[2], "<CR>", "\r"), "<VT>", "\x0B"));
    return out;
}

/// One to eight edits: bytes changed, removed, doubled, cut off, or delimiters put in.
std::string mutated(std::string text, std::mt19937& random) {
    static constexpr std::string_view kSpice("|^~\\&\r\n\"\0\x0B\x1C\x1B\x81\xFE\xFFMSHX0", 22);
    const auto edits = 1 + random() % 8;
    for (unsigned edit = 0; edit < edits && !text.empty(); ++edit) {
        const auto at = random() % text.size();
        const auto length = std::min<std::size_t>(1 + random() % 24, text.size() - at);
        switch (random() % 6) {
        case 0: text[at] = static_cast<char>(random() % 256); break;
        case 1: text.erase(at, length); break;
        case 2: text.insert(at, text.substr(at, length)); break;
        case 3: text.insert(at, 1, kSpice[random() % kSpice.size()]); break;
        case 4: text[at] = kSpice[random() % kSpice.size()]; break;
        default:
            if (random() % 8 == 0) text.resize(at);
            else std::swap(text[at], text[random() % text.size()]);
        }
    }
    return text;
}

BOOST_AUTO_TEST_CASE(twenty_thousand_mutations_each_get_an_ack) {
    const auto samples = own_samples();
    const auto rules = read_front_rules(feed_settings(""));
    std::mt19937 random(20261120); // seeded: a failure repeats
    std::map<std::string, int> answers;
    for (int count = 0; count < 20'000; ++count) {
        const auto bytes = mutated(samples[random() % samples.size()], random);
        const auto code = check_message(bytes, rules);
        BOOST_REQUIRE_MESSAGE(code == "AA" || code == "AE" || code == "AR", "mutation " << count << " got '" << code << "'");
        ++answers[code];
    }
    for (const auto* code : {"AA", "AE", "AR"}) BOOST_TEST(answers[code] > 400); // the mutations reach every answer
}

fs::path shared_folder() {
    const char* folder = std::getenv("HUITONG_SHARED");
    return folder != nullptr ? fs::path(folder) : fs::path(source_folder()) / "../shared";
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

BOOST_AUTO_TEST_CASE(every_file_of_the_corpora_is_decoded_and_answered) {
    const auto root = shared_folder() / "corpora/hl7v2";
    if (!fs::exists(root)) {
        BOOST_TEST_MESSAGE("skipped: " << root << " is absent");
        return;
    }
    const auto rules = read_front_rules(feed_settings(""));
    const auto lenient = read_front_rules(
        feed_settings("processing=P,T,D;types=ADT,ORU,ORM,VXU,OMP,OML,PPR,RDE,ACK,MDM,DFT,SIU,RSP,OUL,QBP,RDS,MFN,BAR,RAS"));
    std::map<std::string, int> answers;
    std::map<std::string, int> lenient_answers;
    std::map<std::string, int> rules_seen;
    for (const auto& file : fs::recursive_directory_iterator(root)) {
        if (!file.is_regular_file()) continue;
        const auto bytes = read_file(file.path());
        const auto code = check_message(bytes, rules);
        BOOST_REQUIRE_MESSAGE(code == "AA" || code == "AE" || code == "AR", file.path() << " got '" << code << "'");
        ++answers[code];
        ++lenient_answers[check_message(bytes, lenient)];
        const auto envelope = front_check(bytes, lenient);
        for (const auto& issue : envelope.issues.issues()) {
            if (issue.severity >= Severity::error) ++rules_seen[issue.rule + "@" + issue.where.substr(0, 3)];
        }
    }
    for (const auto& [code, count] : answers)
        BOOST_TEST_MESSAGE(code << " " << count << ", with every type accepted " << lenient_answers[code]);
    for (const auto& [rule, count] : rules_seen) {
        if (count > 5) BOOST_TEST_MESSAGE(rule << " " << count);
    }
    BOOST_TEST(answers["AA"] > 0);
}

BOOST_AUTO_TEST_CASE(the_chinese_samples_get_their_ack_and_their_names) {
    const auto root = shared_folder() / "corpora/cn/hl7v2-synthetic";
    if (!fs::exists(root)) {
        BOOST_TEST_MESSAGE("skipped: " << root << " is absent");
        return;
    }
    const auto rules = read_front_rules(feed_settings(""));
    const std::pair<const char*, const char*> names[] = {{"adt_a04_trailbyte_trap_gb18030.hl7", "陈弢"},
                                                         {"oru_r01_cbc_gb18030.hl7", "王秀英"},
                                                         {"oru_r01_chem_mgdl_nocharset_gbk.hl7", "王秀英"},
                                                         {"oru_r01_ct_utf8.hl7", "王秀英"}};
    for (const auto& [file, name] : names) {
        const auto bytes = read_file(root / file);
        const auto envelope = front_check(bytes, rules);
        BOOST_TEST_CONTEXT(file) {
            BOOST_TEST((answer_of(envelope.issues).kind == AckKind::accept));
            BOOST_TEST(envelope.is_enhanced() == (std::string_view(file) == "oru_r01_cbc_gb18030.hl7"));
            const auto tree = read_tree(decode_bytes_as(bytes, envelope.charset).text, envelope.charset);
            const auto root_element = tree.value->root();
            const auto pid = root_element.child("PID") ? root_element.child("PID") : root_element["PATIENT_RESULT.PID"];
            const auto field = pid.child("PID-5");
            BOOST_TEST((field.text("c2") == name || field.text("c1") == name));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_message_of_nothing_but_errors_is_told_a_few_of_them) {
    auto lines = result_message();
    for (int line = 0; line < 20'000; ++line) lines += "a\r";
    BOOST_TEST(front_check(lines, FrontRules()).issues.issues().size() <= kIssuesMax);
    BOOST_TEST(read_message(lines).issues.issues().size() <= kIssuesMax + 2);
}

BOOST_AUTO_TEST_CASE(a_text_of_backslashes_is_kept_as_sent_with_a_few_warnings) {
    const std::string sent = "a" + std::string(50'001, '\\') + "b";
    const auto read = unescape(sent, Delimiters(), Charset::utf8, "OBX-5");
    BOOST_TEST(read.value == sent);
    BOOST_TEST(read.issues.issues().size() <= kIssuesMax);
    const auto message = replaced(result_message(), "5.5", sent);
    BOOST_TEST(read_tree(message, Charset::utf8).issues.issues().size() <= 3 * kIssuesMax);
}

BOOST_AUTO_TEST_CASE(a_message_of_too_many_segments_is_refused) {
    auto message = result_message();
    for (std::size_t line = 0; line <= kSegmentsMax; ++line) message += "ZZZ\r";
    const auto read = read_message(message);
    BOOST_TEST(read.value.segments.size() == kSegmentsMax);
    BOOST_TEST(read.issues.has_errors());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::hl7v2::tests
