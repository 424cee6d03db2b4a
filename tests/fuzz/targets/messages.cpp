// What feeds send: HL7 v2, CDA, SOAP, tables, DICOM JSON.
#include "adapters/cda/document.hpp"
#include "adapters/dicom/study.hpp"
#include "adapters/hl7v2/er7.hpp"
#include "adapters/hl7v2/frames.hpp"
#include "adapters/hl7v2/tree.hpp"
#include "adapters/tabular/table_file.hpp"
#include "adapters/v3/message.hpp"
#include "fhir/json.hpp"
#include "fuzz/target.hpp"

#include <algorithm>

namespace huitong::fuzz {

namespace {

/// Messages do not depend on how the stream was cut.
void frames(std::string_view bytes) {
    constexpr std::size_t kMessageBytesMax = 4096;
    const auto messages_of = [&](std::size_t piece) {
        adapters::hl7v2::FrameReader reader(kMessageBytesMax);
        std::vector<std::string> out;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            reader.add(bytes.substr(at, piece));
            for (std::string message;;) {
                const auto state = reader.next(message);
                if (state == adapters::hl7v2::FrameState::too_long) return out;
                if (state == adapters::hl7v2::FrameState::more) break;
                out.push_back(message);
            }
        }
        return out;
    };
    if (bytes.size() <= kMessageBytesMax)
        hold(messages_of(1) == messages_of(std::max<std::size_t>(bytes.size(), 1)), "cuts change nothing");
}

/// A message read and written is stable from the second time on: delimiters of its own become the usual ones.
void er7(std::string_view bytes) {
    const auto decoded = to_utf8(bytes, guess_charset(bytes));
    const auto read = adapters::hl7v2::read_tree(decoded.value, Charset::utf8);
    if (!read.value) return;
    const auto written = adapters::hl7v2::write_er7(read.value->root(), Charset::utf8);
    if (written.issues.has_errors()) return;
    const auto again = adapters::hl7v2::read_tree(written.value, Charset::utf8);
    const auto second = adapters::hl7v2::write_er7(again.value->root(), Charset::utf8);
    const auto third = adapters::hl7v2::read_tree(second.value, Charset::utf8);
    hold(adapters::hl7v2::write_er7(third.value->root(), Charset::utf8).value == second.value, "a written message is stable");
}

void cda(std::string_view bytes) { adapters::cda::read_document(bytes, "", Limits{}); }

void soap(std::string_view bytes) {
    const auto call = adapters::v3::read_call(bytes, "", "", Limits{});
    adapters::v3::read_message(call.value, Limits{});
    adapters::v3::write_reply(call.value, "<answer/>");
}

void table(std::string_view bytes) {
    adapters::tabular::TableRules rules;
    rules.source = "table";
    const auto contents = adapters::tabular::split_table({"lab.csv", "lab", std::string(bytes)}, rules, Instant{});
    for (std::size_t row = 0; row < contents.count; ++row)
        hold(adapters::tabular::read_row(contents.message(row), rules).value != nullptr, "a row that was cut can be read");
}

void dicom(std::string_view bytes) { adapters::dicom::read_study(bytes, Limits{}); }

constexpr Target kTargets[] = {{"frames", frames, "tests/fuzz/seeds/frames"},
                               {"er7", er7, "samples/hospital-a samples/lab-x"},
                               {"cda", cda, "tests/fuzz/seeds/cda"},
                               {"soap", soap, "tests/vectors/v3"},
                               {"table", table, "samples/eqa_renewal.csv terminology/recognition"},
                               {"dicom", dicom, "samples/township/dicom"}};

} // namespace

std::span<const Target> message_targets() { return kTargets; }

} // namespace huitong::fuzz
