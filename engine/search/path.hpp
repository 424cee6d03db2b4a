/// A plain path as search parameters write them, compiled into steps that walk the tree without the FHIRPath engine.
///
/// Nearly all expressions of R4 are of this form: elements by name, one `as` or `ofType`, one `where` with a literal or `resolve() is T`,
/// one index. What a path selects is what FHIRPath selects (a test compares both over all published examples).
/// Thread: read-only after construction. Source: FHIR R4, SearchParameter.expression; FHIRPath 2.0 §3.1, §5.2.
#pragma once

#include "fhirpath/fhirpath.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::search {

class Path {
public:
    /// nullopt: the text is no plain path.
    static std::optional<Path> compile(std::string_view text);
    /// Appends what the path selects from `from`. References are told apart by the type they name, contained ones by what is contained.
    void select(const fhir::Definitions& definitions, const fhirpath::Item& from, fhirpath::Collection& out) const;
    /// The element that the path ends at, from the definitions alone; without a declaration when they do not say.
    fhir::TypedName end(const fhir::Definitions& definitions, std::string_view type) const;

private:
    enum class Kind : std::uint8_t {
        type,        ///< keeps what is of the type `name` ("Patient.…", "as Quantity")
        child,       ///< elements of that name; a choice by its stem
        resolves_to, ///< keeps references to the type `name`
        equals,      ///< keeps elements whose child `name` has the value `text`
        item_at      ///< the one at `index` of the whole collection
    };
    struct Step {
        Kind kind;
        std::string name, text;
        std::size_t index = 0;
    };
    friend class PathReader;
    std::vector<Step> steps_;
};

/// The type that a reference points at: by Reference.type, by the text, or by what is contained; "" when it cannot be told.
std::string_view referenced_type(fhir::Element reference);
/// "Patient" of "Patient/1", "#p1" has none, "http://x/fhir/Patient/1/_history/2" is "Patient".
std::string_view type_in_reference(std::string_view reference);

} // namespace huitong::search
