#include "terminology/concept_table.hpp"

#include "terminology/concept_table_format.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>

namespace huitong::terminology {

std::string folded_code(std::string_view code) {
    std::string out(code);
    for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

ConceptTable::~ConceptTable() {
    if (mapping_) ::munmap(mapping_, bytes_.size());
}

template <class T>
std::span<const T> ConceptTable::section(std::uint64_t offset, std::uint64_t count) const {
    if (offset > bytes_.size() || offset % alignof(T) != 0 || count > (bytes_.size() - offset) / sizeof(T)) return {};
    return {reinterpret_cast<const T*>(bytes_.data() + offset), static_cast<std::size_t>(count)};
}

bool ConceptTable::open(std::string_view bytes) {
    bytes_ = bytes;
    if (bytes.size() < sizeof(Header)) return false;
    header_ = reinterpret_cast<const Header*>(bytes.data());
    if (header_->magic != kTableMagic || header_->file_size != bytes.size()) return false;
    count_ = header_->concepts;
    rows_ = section<Row>(header_->rows_at, std::uint64_t{count_} + 1);
    slots_ = section<std::uint32_t>(header_->slots_at, header_->slots);
    parents_ = section<std::uint32_t>(header_->parents_at, header_->parents);
    children_ = section<std::uint32_t>(header_->children_at, header_->children);
    properties_ = section<PropertyRow>(header_->properties_at, header_->properties);
    designations_ = section<DesignationRow>(header_->designations_at, header_->designations);
    const auto texts = section<char>(header_->texts_at, header_->texts_size);
    texts_ = {texts.data(), texts.size()};
    return rows_.size() == std::size_t{count_} + 1 && slots_.size() == header_->slots && std::has_single_bit(slots_.size()) &&
           parents_.size() == header_->parents && children_.size() == header_->children && properties_.size() == header_->properties &&
           designations_.size() == header_->designations && texts_.size() == header_->texts_size;
}

Result<std::shared_ptr<const ConceptTable>> ConceptTable::map(const std::string& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0 || status.st_size == 0) {
        if (descriptor >= 0) ::close(descriptor);
        return Outcome(error(IssueCode::not_found, "", "concept-table-file", {file}));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    if (mapping == MAP_FAILED) return Outcome(error(IssueCode::not_found, "", "concept-table-file", {file}));
    const std::shared_ptr<ConceptTable> out(std::unique_ptr<ConceptTable>(new ConceptTable()));
    out->mapping_ = mapping;
    if (!out->open({static_cast<const char*>(mapping), size}))
        return Outcome(error(IssueCode::invalid, "", "concept-table-format", {file}));
    return std::shared_ptr<const ConceptTable>(out);
}

const ConceptTable::Row& ConceptTable::row(ConceptIndex at) const { return rows_[std::min(at, count_)]; }

/// A length of four bytes, then the text. A reference out of bounds (a damaged file) gives nothing.
std::string_view ConceptTable::text(std::uint32_t reference) const {
    if (reference == 0 || std::size_t{reference} + 4 > texts_.size()) return {};
    std::uint32_t size = 0;
    std::memcpy(&size, texts_.data() + reference, 4);
    return size <= texts_.size() - reference - 4 ? texts_.substr(reference + 4, size) : std::string_view();
}

std::string_view ConceptTable::heading() const { return text(header_->heading); }

bool ConceptTable::case_sensitive() const { return (header_->flags & kCaseSensitive) != 0; }

ConceptIndex ConceptTable::find(std::string_view code) const {
    std::string folded;
    const bool exact = case_sensitive();
    if (!exact) code = folded = folded_code(code);
    const auto mask = slots_.size() - 1;
    for (auto slot = code_hash(code) & mask;; slot = (slot + 1) & mask) {
        const auto at = slots_[slot];
        if (at >= count_) return kNoConcept;
        const auto here = this->code(at);
        if (exact ? here == code : folded_code(here) == code) return at;
    }
}

std::string_view ConceptTable::code(ConceptIndex at) const { return text(row(at).code); }
std::string_view ConceptTable::display(ConceptIndex at) const { return text(row(at).display); }
std::string_view ConceptTable::definition(ConceptIndex at) const { return text(row(at).definition); }
std::string_view ConceptTable::extensions(ConceptIndex at) const { return text(row(at).extensions); }
bool ConceptTable::is_abstract(ConceptIndex at) const { return (row(at).flags & kAbstract) != 0; }
bool ConceptTable::is_inactive(ConceptIndex at) const { return (row(at).flags & kInactive) != 0; }

namespace {
template <class T>
std::span<const T> part(std::span<const T> all, std::uint32_t begin, std::uint32_t end) {
    return begin <= end && end <= all.size() ? all.subspan(begin, end - begin) : std::span<const T>();
}
} // namespace

std::span<const ConceptIndex> ConceptTable::parents(ConceptIndex at) const {
    return at < count_ ? part(parents_, rows_[at].parents, rows_[at + 1].parents) : std::span<const ConceptIndex>();
}

std::span<const ConceptIndex> ConceptTable::children(ConceptIndex at) const {
    return at < count_ ? part(children_, rows_[at].children, rows_[at + 1].children) : std::span<const ConceptIndex>();
}

std::vector<Property> ConceptTable::properties(ConceptIndex at) const {
    std::vector<Property> out;
    if (at >= count_) return out;
    for (const auto& read : part(properties_, rows_[at].properties, rows_[at + 1].properties))
        out.push_back({text(read.name), text(read.value), static_cast<PropertyType>(read.type)});
    return out;
}

std::string_view ConceptTable::property(ConceptIndex at, std::string_view name) const {
    if (at >= count_) return {};
    for (const auto& read : part(properties_, rows_[at].properties, rows_[at + 1].properties)) {
        if (text(read.name) == name) return text(read.value);
    }
    return {};
}

std::vector<Designation> ConceptTable::designations(ConceptIndex at) const {
    std::vector<Designation> out;
    if (at >= count_) return out;
    for (const auto& read : part(designations_, rows_[at].designations, rows_[at + 1].designations)) {
        out.push_back({text(read.language), text(read.use_system), text(read.use_code), text(read.use_display), text(read.value),
                       text(read.extensions)});
    }
    return out;
}

bool ConceptTable::is_a(ConceptIndex at, ConceptIndex ancestor) const {
    if (at >= count_ || ancestor >= count_) return false;
    const auto& top = row(ancestor);
    const auto below = [&](ConceptIndex one) { return row(one).enter >= top.enter && row(one).enter < top.leave; };
    if (below(at)) return true;
    if ((header_->flags & kTree) != 0) return false;
    std::vector<ConceptIndex> open{at};
    std::unordered_set<ConceptIndex> seen; // a system that names itself as its parent ends too
    while (!open.empty()) {
        const auto one = open.back();
        open.pop_back();
        if (below(one)) return true;
        for (const auto parent : parents(one)) {
            if (seen.insert(parent).second) open.push_back(parent);
        }
    }
    return false;
}

std::vector<ConceptIndex> ConceptTable::descendants(ConceptIndex top) const {
    std::vector<ConceptIndex> out;
    if (top >= count_) return out;
    std::vector<ConceptIndex> open{top};
    std::unordered_set<ConceptIndex> seen{top};
    while (!open.empty()) {
        const auto one = open.back();
        open.pop_back();
        out.push_back(one);
        const auto below = children(one);
        for (auto child = below.rbegin(); child != below.rend(); ++child) {
            if (seen.insert(*child).second) open.push_back(*child);
        }
    }
    return out;
}

} // namespace huitong::terminology
