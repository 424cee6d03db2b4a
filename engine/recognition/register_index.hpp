/// Where the rows of a register stand, by what an order asks for: a region has tens of thousands of certificates, and each of forty
/// candidates asks for those of one laboratory. Rows are named by their number, so that a copy of a register keeps its index.
/// Internal to the room, but a part of `Register`. Thread: any once it is made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace huitong::recognition {

struct Register;

class RegisterIndex {
public:
    using Rows = std::vector<std::uint32_t>; ///< ascending
    RegisterIndex() = default;
    /// Of a register whose tables no longer change.
    explicit RegisterIndex(const Register& facts);

    // nullptr: there is no index, all rows must be looked at.
    const Rows* institutions(std::string_view id) const { return find(institutions_, id); }
    const Rows* certificates(std::string_view laboratory) const { return find(certificates_, laboratory); }
    const Rows* items(std::string_view item) const { return find(items_, item); }
    /// Catalogue items that accept a code; those of another system are among them.
    const Rows* items_with(std::string_view code) const { return find(items_by_code_, code); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using Table = std::unordered_map<std::string, Rows, Hash, std::equal_to<>>;
    const Rows* find(const Table& table, std::string_view key) const;

    Table institutions_, certificates_, items_, items_by_code_;
    bool is_made_ = false;
};

/// Visits these rows, or all of them, in their order until `visit` says false.
template <class Row, class Visit>
void visit_rows(const std::vector<Row>& table, const RegisterIndex::Rows* rows, Visit visit) {
    if (!rows) {
        for (const auto& row : table) {
            if (!visit(row)) return;
        }
        return;
    }
    for (const auto number : *rows) {
        if (!visit(table[number])) return;
    }
}

} // namespace huitong::recognition
