#include "fhir/definitions.hpp"

#include "fhir/json.hpp"
#include "fhir/pack_format.hpp"
#include "fhir/snapshot.hpp"
#include "fhir/structure_reader.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <deque>
#include <filesystem>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace huitong::fhir {
namespace {

/// A child as it may be written: "birthDate", "valueQuantity" (with its type), "value" (the choice itself, type "").
struct ChildName {
    std::string_view name;
    std::uint32_t element = 0;
    std::string_view type;
    const StructureDefinition* root = nullptr; ///< of the type; null when it has none
};

/// The children of one element. Many are hashed: every walk over a tree asks here for each node.
class ChildNames {
public:
    void add(const ChildName& child) { names_.push_back(child); }

    /// Once, when all are there.
    void index() {
        if (names_.size() <= kFew) return;
        places_.assign(std::bit_ceil(2 * names_.size()), 0);
        for (std::size_t count = 0; count < names_.size(); ++count) {
            auto at = hash(names_[count].name) & (places_.size() - 1);
            while (places_[at] != 0) at = (at + 1) & (places_.size() - 1);
            places_[at] = static_cast<std::uint32_t>(count + 1);
        }
    }

    /// The first of that name, or null.
    const ChildName* find(std::string_view name) const {
        if (places_.empty()) {
            const auto found = std::find_if(names_.begin(), names_.end(), [&](const ChildName& child) { return child.name == name; });
            return found == names_.end() ? nullptr : &*found;
        }
        for (auto at = hash(name) & (places_.size() - 1); places_[at] != 0; at = (at + 1) & (places_.size() - 1)) {
            const auto& child = names_[places_[at] - 1U];
            if (child.name == name) return &child;
        }
        return nullptr;
    }

    std::vector<ChildName>::iterator begin() { return names_.begin(); }
    std::vector<ChildName>::iterator end() { return names_.end(); }

private:
    static constexpr std::size_t kFew = 6;

    /// Names below one element differ in length and in these letters.
    static std::size_t hash(std::string_view name) {
        if (name.empty()) return 0;
        const auto letter = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(name[at])); };
        return name.size() + 7 * letter(0) + 31 * letter(name.size() - 1) + 131 * letter(name.size() / 2);
    }

    std::vector<ChildName> names_;
    std::vector<std::uint32_t> places_; ///< open addressing, at most half full: 1 + index of a name; 0 is free
};

/// The children of each element of one structure, by name.
struct Structure : StructureDefinition {
    std::vector<ChildNames> children;
    std::unordered_map<std::string_view, std::uint32_t> by_id;
    std::string_view base_type;       ///< last step of `base`
    const Structure* above = nullptr; ///< of that type, once resolved; null when it is not known
};

class Mapping {
public:
    Mapping() = default;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() {
        if (bytes_) munmap(const_cast<char*>(bytes_), size_);
    }
    bool open(const std::string& file) {
        const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) return false;
        struct stat status {};
        if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
            size_ = static_cast<std::size_t>(status.st_size);
            void* mapped = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
            bytes_ = mapped == MAP_FAILED ? nullptr : static_cast<const char*>(mapped);
        }
        ::close(descriptor);
        return bytes_ != nullptr;
    }
    std::string_view bytes() const { return {bytes_, bytes_ ? size_ : 0}; }

private:
    const char* bytes_ = nullptr;
    std::size_t size_ = 0;
};

std::string_view without_version(std::string_view canonical) { return canonical.substr(0, canonical.find('|')); }

} // namespace

struct Definitions::State {
    Mapping mapping;
    std::deque<Structure> structures;
    std::unordered_map<std::string_view, const Structure*> by_url, by_type;
    mutable std::mutex resolve_mutex;
    std::atomic<bool> resolved = false; ///< ChildName::root is as by_type says
    std::vector<std::string_view> resource_types;
    std::vector<SearchParameterDefinition> parameters;
    std::unordered_map<std::string_view, std::uint32_t> parameter_by_url;
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> parameters_by_base;
    std::vector<pack::ResourceEntry> resources;
    std::unordered_map<std::string, std::uint32_t> resource_by_key;
    std::string_view bodies;
    mutable std::mutex body_mutex;
    mutable std::unordered_map<std::uint32_t, std::unique_ptr<std::string>> unpacked;
    Document names; ///< choice names and texts of structures added at run time
    std::vector<DocumentPtr> documents;
    std::unordered_map<std::string_view, Element> added; ///< StructureDefinitions of run time by URL, with their snapshots
    mutable std::unordered_map<std::string, std::unique_ptr<std::string>> added_texts;

    void index_children(Structure& structure) {
        auto& elements = structure.elements;
        structure.children.resize(elements.size());
        for (std::uint32_t index = 0; index < elements.size(); ++index) {
            const auto& element = elements[index];
            structure.by_id.emplace(element.id.empty() ? element.path : element.id, index);
            for (const auto child : element.children) {
                const auto& below = elements[child];
                if (!below.slice_name.empty()) continue; // found through validation, not by name
                auto& names_of = structure.children[index];
                if (!below.is_choice) {
                    names_of.add({below.name, child, below.types.size() == 1 ? below.types.front().code : std::string_view()});
                    continue;
                }
                const auto stem = below.name.substr(0, below.name.size() - 3);
                names_of.add({stem, child, {}});
                for (const auto& type : below.types) {
                    std::string written(stem);
                    written += type.code;
                    written[stem.size()] = static_cast<char>(std::toupper(static_cast<unsigned char>(written[stem.size()])));
                    names_of.add({names.intern(written), child, type.code});
                }
            }
            structure.children[index].index();
        }
    }

    void add(StructureDefinition definition) {
        structures.emplace_back();
        auto& structure = structures.back();
        static_cast<StructureDefinition&>(structure) = std::move(definition);
        index_children(structure);
        structure.base_type = structure.base.substr(structure.base.rfind('/') + 1);
        by_url[structure.url] = &structure;
        if (!structure.is_profile) by_type[structure.type] = &structure;
        resolved = false;
    }

    const Structure* type_of(std::string_view name) const {
        const auto found = by_type.find(name);
        return found == by_type.end() ? nullptr : found->second;
    }

    /// Ties every child to the root of its type, once after structures were added.
    void resolve() {
        if (resolved.load(std::memory_order_acquire)) return;
        const std::lock_guard lock(resolve_mutex);
        if (resolved.load(std::memory_order_relaxed)) return;
        for (auto& structure : structures) {
            for (auto& names_of : structure.children) {
                for (auto& child : names_of) child.root = type_of(child.type);
            }
            structure.above = type_of(structure.base_type);
        }
        resolved.store(true, std::memory_order_release);
    }

    void add(SearchParameterDefinition parameter) {
        const auto index = static_cast<std::uint32_t>(parameters.size());
        for (const auto base : parameter.bases) parameters_by_base[base].push_back(index);
        parameter_by_url[parameter.url] = index;
        parameters.push_back(std::move(parameter));
    }

    void list_resource_types() {
        for (const auto& [name, structure] : by_type) {
            const auto& definition = *structure;
            if (definition.kind == StructureKind::resource && !definition.abstract) resource_types.push_back(name);
        }
        std::sort(resource_types.begin(), resource_types.end());
    }
};

Definitions::Definitions() : state_(std::make_unique<State>()) {}
Definitions::~Definitions() = default;

Result<std::shared_ptr<Definitions>> Definitions::load_pack(const std::string& file) {
    auto out = std::make_shared<Definitions>();
    auto& state = *out->state_;
    if (!state.mapping.open(file)) return Outcome{fatal(IssueCode::not_found, "", "pack-missing", {file})};
    const auto bytes = state.mapping.bytes();
    pack::Header header{};
    if (bytes.size() < sizeof header) return Outcome{fatal(IssueCode::structure, "", "pack-damaged", {file})};
    std::memcpy(&header, bytes.data(), sizeof header);
    if (std::memcmp(header.magic, pack::kMagic, sizeof header.magic) != 0)
        return Outcome{fatal(IssueCode::not_supported, "", "pack-version", {file})};
    const auto inside = [&](std::uint64_t at, std::uint64_t length) { return at <= bytes.size() && length <= bytes.size() - at; };
    const bool sane = inside(header.strings_at, header.strings_bytes) && inside(header.offsets_at, header.offsets_count * 4) &&
                      header.offsets_at % 4 == 0 && inside(header.records_at, header.records_bytes) &&
                      inside(header.bodies_at, header.bodies_bytes);
    const auto checked = sane ? bytes.substr(sizeof header, header.records_at + header.records_bytes - sizeof header) : std::string_view();
    if (!sane || pack::checksum(checked) != header.checksum) return Outcome{fatal(IssueCode::structure, "", "pack-damaged", {file})};
    pack::Reader reader(bytes.substr(header.records_at, header.records_bytes), bytes.substr(header.strings_at, header.strings_bytes),
                        reinterpret_cast<const std::uint32_t*>(bytes.data() + header.offsets_at), header.offsets_count);
    pack::Content content;
    transfer_content(reader, content);
    if (reader.damaged()) return Outcome{fatal(IssueCode::structure, "", "pack-damaged", {file})};
    for (auto& structure : content.structures) state.add(std::move(structure));
    for (auto& parameter : content.parameters) state.add(std::move(parameter));
    state.resources = std::move(content.resources);
    for (std::uint32_t i = 0; i < state.resources.size(); ++i) {
        state.resource_by_key.emplace(std::string(state.resources[i].type) + "|" + std::string(state.resources[i].url), i);
    }
    state.bodies = bytes.substr(header.bodies_at, header.bodies_bytes);
    state.list_resource_types();
    return out;
}

std::string Definitions::default_pack_file() {
    if (const char* named = std::getenv("HUITONG_PACK"); named && *named) return named; // NOLINT(concurrency-mt-unsafe): nothing sets it
    std::error_code failure;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
    const auto beside = program / "r4.pack";
    return std::filesystem::exists(beside, failure) ? beside.string() : (program / "../share/huitong/r4.pack").string();
}

const StructureDefinition* Definitions::find_type(std::string_view name) const { return state_->type_of(name); }

const StructureDefinition* Definitions::find_structure(std::string_view canonical) const {
    const auto found = state_->by_url.find(without_version(canonical));
    if (found == state_->by_url.end()) return nullptr;
    const auto& definition = *found->second;
    const auto bar = canonical.find('|');
    const bool other_version = bar != canonical.npos && !definition.version.empty() && canonical.substr(bar + 1) != definition.version;
    return other_version ? nullptr : &definition;
}

bool Definitions::is_resource_type(std::string_view name) const {
    return std::binary_search(state_->resource_types.begin(), state_->resource_types.end(), name);
}

std::span<const std::string_view> Definitions::resource_types() const { return state_->resource_types; }

bool Definitions::is_a(std::string_view type, std::string_view ancestor) const {
    if (type == ancestor) return true;
    const bool is_resolved = state_->resolved.load(std::memory_order_acquire);
    const auto* at = state_->type_of(type);
    for (int hops = 1; at && !at->base.empty() && hops < 16; ++hops) {
        if (at->base_type == ancestor) return true;
        at = is_resolved ? at->above : state_->type_of(at->base_type);
    }
    return false;
}

TypedName Definitions::type_root(std::string_view type) const {
    TypedName out;
    out.type = type;
    out.structure = find_type(type);
    if (out.structure) {
        out.element = &out.structure->root();
        out.type = out.structure->type;
    }
    return out;
}

TypedName Definitions::child(const TypedName& parent, std::string_view name) const {
    TypedName out;
    const auto* definition = parent.structure;
    const auto* element = parent.element;
    if (!definition || !element) return out;
    if (element->children.empty() && element != &definition->root()) {
        const auto root = type_root(parent.type);
        definition = root.structure;
        element = root.element;
        if (!definition) return out;
    }
    state_->resolve();
    const auto& structure = static_cast<const Structure&>(*definition); // all that are given out are
    const auto index = static_cast<std::size_t>(element - definition->elements.data());
    const auto* child = structure.children[index].find(name);
    if (!child) return out;
    const auto* declared = &definition->elements[child->element];
    out.declared = declared;
    out.type = child->type;
    out.is_array = declared->base_max > 1;
    out.structure = definition;
    out.element = declared;
    if (!declared->content_reference.empty()) {
        const auto found = structure.by_id.find(declared->content_reference);
        if (found != structure.by_id.end()) out.element = &definition->elements[found->second];
        if (!out.element->types.empty()) out.type = out.element->types.front().code;
    } else if (declared->children.empty()) {
        out.structure = child->root;
        out.element = child->root ? &child->root->root() : nullptr;
    }
    return out;
}

std::span<const SearchParameterDefinition> Definitions::search_parameters() const { return state_->parameters; }

std::vector<const SearchParameterDefinition*> Definitions::search_parameters_of(std::string_view type) const {
    std::vector<const SearchParameterDefinition*> out;
    for (const auto base : {type, std::string_view("DomainResource"), std::string_view("Resource")}) {
        const auto found = state_->parameters_by_base.find(base);
        if (found == state_->parameters_by_base.end()) continue;
        for (const auto index : found->second) {
            const auto& parameter = state_->parameters[index];
            const bool known = std::any_of(out.begin(), out.end(), [&](const auto* other) { return other->code == parameter.code; });
            if (!known) out.push_back(&parameter);
        }
    }
    std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->code < b->code; });
    return out;
}

const SearchParameterDefinition* Definitions::find_search_parameter(std::string_view type, std::string_view code) const {
    for (const auto base : {type, std::string_view("DomainResource"), std::string_view("Resource")}) {
        const auto found = state_->parameters_by_base.find(base);
        if (found == state_->parameters_by_base.end()) continue;
        for (const auto index : found->second) {
            if (state_->parameters[index].code == code) return &state_->parameters[index];
        }
    }
    return nullptr;
}

const SearchParameterDefinition* Definitions::find_search_parameter(std::string_view url) const {
    const auto found = state_->parameter_by_url.find(without_version(url));
    return found == state_->parameter_by_url.end() ? nullptr : &state_->parameters[found->second];
}

std::string_view Definitions::resource_json(std::string_view type, std::string_view canonical) const {
    if (const auto added = state_->added.find(without_version(canonical)); added != state_->added.end() && added->second.type() == type) {
        const std::lock_guard lock(state_->body_mutex);
        auto& text = state_->added_texts[std::string(added->first)];
        if (!text) text = std::make_unique<std::string>(write_json(added->second));
        return *text;
    }
    const auto found = state_->resource_by_key.find(std::string(type) + "|" + std::string(without_version(canonical)));
    if (found == state_->resource_by_key.end()) return {};
    const std::lock_guard lock(state_->body_mutex);
    auto& text = state_->unpacked[found->second];
    if (!text) {
        const auto& entry = state_->resources[found->second];
        const auto packed = state_->bodies.substr(entry.offset, entry.packed_bytes);
        text = std::make_unique<std::string>(entry.bytes, '\0');
        const auto bytes = ZSTD_decompress(text->data(), text->size(), packed.data(), packed.size());
        if (ZSTD_isError(bytes) || bytes != entry.bytes) text->clear();
    }
    return *text;
}

std::vector<std::string_view> Definitions::resource_urls(std::string_view type) const {
    std::vector<std::string_view> out;
    for (const auto& entry : state_->resources) {
        if (entry.type == type) out.push_back(entry.url);
    }
    return out;
}

Outcome Definitions::add_structure(Element structure_definition) {
    auto kept = std::make_shared<Document>();
    kept->set_root(kept->intern(structure_definition.type()));
    for (auto child : structure_definition.children()) kept->graft(0, child.name(), child.node().in_array, child);
    auto parsed = read_structure(kept->root(), *kept);
    const auto* leading = parsed.issues.leading();
    if (leading && leading->rule == "structure-no-snapshot" && kept->root()["differential.element"]) {
        auto made = make_snapshot(*this, kept->root());
        if (made.issues.has_errors()) return std::move(made.issues);
        kept = made.value;
        parsed = read_structure(kept->root(), *kept);
    }
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    state_->documents.push_back(kept);
    const auto url = parsed.value.url;
    state_->added.erase(url); // the key of an older one points into its document
    state_->added.emplace(url, kept->root());
    state_->added_texts.erase(std::string(url));
    state_->add(std::move(parsed.value));
    return {};
}

Outcome Definitions::add_search_parameter(Element search_parameter) {
    auto kept = std::make_shared<Document>();
    kept->set_root(kept->intern(search_parameter.type()));
    for (auto child : search_parameter.children()) kept->graft(0, child.name(), child.node().in_array, child);
    auto parsed = read_search_parameter(kept->root());
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    state_->documents.push_back(kept);
    state_->add(std::move(parsed.value));
    return {};
}

} // namespace huitong::fhir
