#include "app/source_files.hpp"

#include "adapters/cda/document.hpp"
#include "adapters/dicom/study.hpp"
#include "adapters/ecg/recording.hpp"
#include "adapters/hl7v2/batch_file.hpp"
#include "adapters/hl7v2/charset_choice.hpp"
#include "adapters/hl7v2/tree.hpp"
#include "adapters/tabular/table_file.hpp"
#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace huitong::app {
namespace {

using Trees = Parsed<std::vector<SourceTree>>;

void add(Trees& out, const std::string& file, std::string_view bytes, Parsed<fhir::DocumentPtr> tree) {
    out.issues.add(std::move(tree.issues));
    if (!tree.value || tree.value->size() == 0) return;
    const auto number = out.value.size() + 1;
    out.value.push_back({number == 1 ? file : file + "#" + std::to_string(number), std::move(tree.value), sha256_hex(bytes)});
}

void read_v2(Trees& out, const std::string& file, const std::string& bytes, const std::string& charset) {
    auto messages = adapters::hl7v2::split_messages(bytes);
    out.issues.add(std::move(messages.issues));
    for (const auto message : messages.value) {
        auto decoded = adapters::hl7v2::decode_bytes(message, charset);
        out.issues.add(std::move(decoded.issues));
        add(out, file, message, adapters::hl7v2::read_tree(std::move(decoded.text), decoded.charset));
    }
}

void read_table(Trees& out, const std::string& file, std::string bytes, const std::string& charset) {
    const std::filesystem::path path(file);
    adapters::tabular::TableRules rules;
    rules.charset = charset;
    auto table = adapters::tabular::split_table({path.filename().string(), path.stem().string(), std::move(bytes)}, rules, {});
    out.issues.add(std::move(table.issues));
    for (std::size_t number = 0; number < table.count; ++number) {
        const auto row = table.message(number);
        out.issues.add(row.front_check);
        add(out, file, row.bytes, adapters::tabular::read_row(row, rules));
    }
}

/// DICOM JSON names its members by tags of eight hex digits.
bool is_dicom(fhir::Element root) {
    for (const auto member : root.children()) {
        const auto name = member.name();
        if (name.size() == 8 && name.find_first_not_of("0123456789ABCDEFabcdef") == name.npos) return true;
        if (name == "value" || name == "item") {
            if (is_dicom(member)) return true;
        }
    }
    return false;
}

void read_dicom(Trees& out, const std::string& file, std::string bytes) {
    const std::filesystem::path path(file);
    auto studies =
        adapters::dicom::split_studies({path.filename().string(), path.stem().string(), std::move(bytes)}, "", Limits(), Instant());
    out.issues.add(std::move(studies.issues));
    for (std::size_t number = 0; number < studies.count; ++number) {
        const auto study = studies.message(number);
        out.issues.add(study.front_check);
        add(out, file, study.bytes, adapters::dicom::read_study(study.bytes, Limits()));
    }
}

/// A clinical document or a V3 message, or an electrocardiogram.
void read_xml(Trees& out, const std::string& file, const std::string& bytes, const std::string& charset) {
    auto tree = adapters::cda::read_document(bytes, charset, Limits());
    const bool is_recording = tree.value->size() > 0 && tree.value->root().name() == "AnnotatedECG";
    add(out, file, bytes, is_recording ? adapters::ecg::read_recording(bytes, charset, Limits()) : std::move(tree));
}

void read_json_tree(Trees& out, const std::string& file, const std::string& bytes) {
    // An array of objects is DICOM JSON; an object with tags too; an object without resourceType is a row.
    const auto first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (first != bytes.npos && bytes[first] == '[') return read_dicom(out, file, bytes);
    auto tree = fhir::read_json(bytes);
    const bool untyped = std::any_of(tree.issues.issues().begin(), tree.issues.issues().end(),
                                     [](const Issue& issue) { return issue.rule == "json-resource-type"; });
    if (!untyped) return add(out, file, bytes, std::move(tree));
    fhir::JsonOptions options;
    options.root_name = "Row";
    tree = fhir::read_json(bytes, options);
    if (!tree.issues.has_errors() && is_dicom(tree.value->root())) return read_dicom(out, file, bytes);
    add(out, file, bytes, std::move(tree));
}

} // namespace

Parsed<std::vector<SourceTree>> read_source_file(const std::string& file, const std::string& charset) {
    Trees out;
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        out.issues.add(error(IssueCode::not_found, file, "source-unreadable", {file}));
        return out;
    }
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto extension = std::filesystem::path(file).extension().string();
    if (extension == ".hl7" || extension == ".hl7v2") read_v2(out, file, bytes, charset);
    else if (extension == ".csv" || extension == ".tsv" || extension == ".txt" || extension == ".xlsx")
        read_table(out, file, std::move(bytes), charset);
    else if (extension == ".xml") read_xml(out, file, bytes, charset);
    else if (extension == ".ndjson") {
        for (std::size_t at = 0; at < bytes.size();) {
            const auto end = std::min(bytes.find('\n', at), bytes.size());
            if (const auto line = bytes.substr(at, end - at); !line.empty()) read_json_tree(out, file, line);
            at = end + 1;
        }
    } else read_json_tree(out, file, bytes);
    for (auto& issue : out.issues.issues()) {
        if (!issue.position) issue.position = TextPosition{file, 0, 0};
        else issue.position->file = file;
    }
    return out;
}

std::vector<std::string> source_files(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code failure;
    if (!fs::is_directory(path, failure)) return {path};
    std::vector<std::string> out;
    for (fs::recursive_directory_iterator at(path, failure), end; !failure && at != end; at.increment(failure)) {
        const auto extension = at->path().extension();
        if (extension == ".hl7" || extension == ".hl7v2" || extension == ".csv" || extension == ".tsv" || extension == ".json" ||
            extension == ".ndjson" || extension == ".xml" || extension == ".xlsx")
            out.push_back(at->path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace huitong::app
