/// The concepts of one code system in a compact, immutable table: one block of bytes, in memory or in a mapped file, with the codes hashed,
/// the hierarchy closed by intervals and every text stored once. A million concepts open without being read.
/// Thread: any; immutable. Format: docs/formats/concept-table.md.
#pragma once

#include "base/outcome.hpp"

#include <memory>
#include <span>

namespace huitong::terminology {

using ConceptIndex = std::uint32_t;
constexpr ConceptIndex kNoConcept = 0xFFFFFFFF;

/// Type of a property's value. A coding is kept as "system|code|display".
enum class PropertyType : std::uint8_t { code, string, boolean, integer, decimal, date_time, coding };

struct Property {
    std::string_view name, value;
    PropertyType type = PropertyType::code;
};

struct Designation {
    std::string_view language, use_system, use_code, use_display, value;
    std::string_view extensions; ///< JSON array, "" when none
};

/// A concept as a reader hands it to the builder.
struct ConceptDraft {
    struct PropertyDraft {
        std::string name, value;
        PropertyType type = PropertyType::code;
    };
    struct DesignationDraft {
        std::string language, use_system, use_code, use_display, value, extensions;
    };
    std::string code, display, definition;
    std::string extensions;           ///< JSON array, "" when none
    std::vector<std::string> parents; ///< codes; several where the system is no tree
    bool abstract = false, inactive = false;
    std::vector<PropertyDraft> properties;
    std::vector<DesignationDraft> designations;
};

class ConceptTable {
public:
    ~ConceptTable();
    ConceptTable(const ConceptTable&) = delete;
    ConceptTable& operator=(const ConceptTable&) = delete;

    std::uint32_t size() const { return count_; }
    bool case_sensitive() const;
    /// kNoConcept: no such code. About 0.1 µs in memory; a first touch of a mapped page costs its read.
    ConceptIndex find(std::string_view code) const;

    std::string_view code(ConceptIndex at) const;
    std::string_view display(ConceptIndex at) const;
    std::string_view definition(ConceptIndex at) const;
    std::string_view extensions(ConceptIndex at) const;
    bool is_abstract(ConceptIndex at) const;
    bool is_inactive(ConceptIndex at) const;
    std::span<const ConceptIndex> parents(ConceptIndex at) const;
    std::span<const ConceptIndex> children(ConceptIndex at) const; ///< in the order of the concepts
    std::vector<Property> properties(ConceptIndex at) const;
    std::vector<Designation> designations(ConceptIndex at) const;
    /// Value of the first property of that name, "" when absent.
    std::string_view property(ConceptIndex at, std::string_view name) const;

    /// `ancestor` itself or above `at`. A tree answers by its interval; more than one parent walks upwards.
    bool is_a(ConceptIndex at, ConceptIndex ancestor) const;
    /// `top` and everything below it, each once, parents before children.
    std::vector<ConceptIndex> descendants(ConceptIndex top) const;

    /// The CodeSystem resource without its concepts, as JSON; "" when the table was built without one.
    std::string_view heading() const;
    /// The block as it may be written to a file.
    std::string_view bytes() const { return bytes_; }
    /// Maps a file. Errors: concept-table-file (cannot be read), concept-table-format (no table, cut short or of another version).
    static Result<std::shared_ptr<const ConceptTable>> map(const std::string& file);

private:
    friend class ConceptTableBuilder;
    struct Header;
    struct Row;
    struct PropertyRow;
    struct DesignationRow;
    ConceptTable() = default;
    bool open(std::string_view bytes);
    const Row& row(ConceptIndex at) const;
    std::string_view text(std::uint32_t reference) const;
    template <class T>
    std::span<const T> section(std::uint64_t offset, std::uint64_t count) const;

    std::string owned_;
    std::string_view bytes_;
    void* mapping_ = nullptr;
    std::uint32_t count_ = 0;
    const Header* header_ = nullptr;
    std::span<const Row> rows_;
    std::span<const std::uint32_t> slots_, parents_, children_;
    std::span<const PropertyRow> properties_;
    std::span<const DesignationRow> designations_;
    std::string_view texts_;
};

/// Takes concepts one by one. The first of equal codes stays.
class ConceptTableBuilder {
public:
    explicit ConceptTableBuilder(bool case_sensitive = true);
    ~ConceptTableBuilder();
    void add(const ConceptDraft& draft);
    /// Parents that are no concepts of the table are passed over.
    std::shared_ptr<const ConceptTable> finish(std::string_view heading = {});
    std::size_t size() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Folds ASCII letters, as codes of systems that do not tell case are compared.
std::string folded_code(std::string_view code);

} // namespace huitong::terminology
