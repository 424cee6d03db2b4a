#include "fhir/json.hpp"
#include "fhir/pack.hpp"
#include "fhir/pack_format.hpp"
#include "fhir/package_reader.hpp"
#include "fhir/structure_reader.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

namespace huitong::fhir {
namespace pack {

std::uint64_t checksum(std::string_view bytes, std::uint64_t hash) {
    // Eight bytes a step: the check must not cost a start-up of 300 ms.
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        hash = (hash ^ word) * 1099511628211ULL;
        hash ^= hash >> 29;
        bytes.remove_prefix(8);
    }
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

} // namespace pack

namespace {

constexpr std::array<std::string_view, 7> kTypes = {"StructureDefinition", "SearchParameter",      "ValueSet", "CodeSystem", "ConceptMap",
                                                    "OperationDefinition", "CompartmentDefinition"};
constexpr int kZstdLevel = 9;

bool is_core(std::string_view url) { return url.starts_with("http://hl7.org/fhir/") || url.starts_with("http://terminology.hl7.org/"); }

bool is_wanted(std::string_view name) {
    const auto file = name.substr(name.rfind('/') + 1);
    return file.ends_with(".json") &&
           std::any_of(kTypes.begin(), kTypes.end(), [&](auto type) { return file.starts_with(std::string(type) + "-"); });
}

/// Narrative and contact details of definitions help nobody at run time.
void drop_narrative(Document& document) {
    for (const auto name : {"text", "contact", "publisher", "copyright"}) {
        if (const auto child = document.root().child(name)) document.remove_child(0, child.index());
    }
}

class Compiler {
public:
    void take(std::string text) {
        JsonOptions options;
        auto limits = Limits{};
        limits.members_per_object_max = 1'000'000;
        options.limits = &limits;
        auto parsed = read_json(std::move(text), options);
        const auto root = parsed.value->root();
        if (parsed.issues.has_errors() || !is_core(root.text("url"))) return;
        auto& document = *parsed.value;
        drop_narrative(document);
        if (root.type() == "StructureDefinition") {
            auto structure = read_structure(root, document);
            if (structure.issues.empty()) content_.structures.push_back(std::move(structure.value));
        }
        if (root.type() == "SearchParameter") {
            auto parameter = read_search_parameter(root);
            if (parameter.issues.empty()) content_.parameters.push_back(std::move(parameter.value));
        }
        add_body(root);
        documents_.push_back(parsed.value);
    }

    bool empty() const { return content_.structures.empty(); }

    Outcome write(const std::string& file) {
        std::sort(content_.structures.begin(), content_.structures.end(), [](const auto& a, const auto& b) { return a.url < b.url; });
        std::sort(content_.parameters.begin(), content_.parameters.end(), [](const auto& a, const auto& b) { return a.url < b.url; });
        pack::Writer writer;
        transfer_content(writer, content_);
        pack::Header header{};
        std::memcpy(header.magic, pack::kMagic, sizeof header.magic);
        std::string out(sizeof header, '\0');
        const auto section = [&](std::string_view bytes, std::uint64_t& at) {
            out.resize((out.size() + 7) / 8 * 8);
            at = out.size();
            out += bytes;
        };
        section(writer.strings, header.strings_at);
        section({reinterpret_cast<const char*>(writer.ends.data()), writer.ends.size() * 4}, header.offsets_at);
        section(writer.records, header.records_at);
        header.checksum = pack::checksum(std::string_view(out).substr(sizeof header));
        section(bodies_, header.bodies_at);
        header.strings_bytes = writer.strings.size();
        header.offsets_count = writer.ends.size();
        header.records_bytes = writer.records.size();
        header.bodies_bytes = bodies_.size();
        std::memcpy(out.data(), &header, sizeof header);
        return write_atomically(file, out);
    }

private:
    void add_body(Element root) {
        const auto text = write_json(root);
        std::string packed(ZSTD_compressBound(text.size()), '\0');
        packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kZstdLevel));
        pack::ResourceEntry entry{root.type(), root.text("url"), root.text("version")};
        entry.offset = bodies_.size();
        entry.packed_bytes = packed.size();
        entry.bytes = text.size();
        content_.resources.push_back(entry);
        bodies_ += packed;
    }

    static Outcome write_atomically(const std::string& file, const std::string& bytes) {
        const auto fresh = file + ".new";
        std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
        out << bytes;
        out.close();
        if (!out || std::rename(fresh.c_str(), file.c_str()) != 0) return error(IssueCode::no_store, "", "pack-unwritable", {file});
        return {};
    }

    pack::Content content_;
    std::string bodies_;
    std::vector<DocumentPtr> documents_;
};

} // namespace

Outcome compile_pack(const std::string& package_file, const std::string& pack_file) {
    Compiler compiler;
    auto outcome = read_package(package_file, is_wanted, [&](std::string_view, std::string text) { compiler.take(std::move(text)); });
    if (outcome.has_errors()) return outcome;
    if (compiler.empty()) return error(IssueCode::not_found, "", "package-no-definitions", {package_file});
    return compiler.write(pack_file);
}

} // namespace huitong::fhir
