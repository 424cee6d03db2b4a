#include "recognition/register_index.hpp"

#include "recognition/recognition.hpp"

namespace huitong::recognition {

RegisterIndex::RegisterIndex(const Register& facts) : is_made_(true) {
    const auto number = [](std::size_t place) { return static_cast<std::uint32_t>(place); };
    for (std::size_t at = 0; at < facts.institutions.size(); ++at) institutions_[facts.institutions[at].id].push_back(number(at));
    for (std::size_t at = 0; at < facts.certificates.size(); ++at) certificates_[facts.certificates[at].laboratory].push_back(number(at));
    for (std::size_t at = 0; at < facts.items.size(); ++at) {
        items_[facts.items[at].item].push_back(number(at));
        for (const auto& [system, code] : facts.items[at].codes) {
            auto& rows = items_by_code_[code];
            if (rows.empty() || rows.back() != at) rows.push_back(number(at));
        }
    }
}

const RegisterIndex::Rows* RegisterIndex::find(const Table& table, std::string_view key) const {
    static const Rows kNone;
    if (!is_made_) return nullptr;
    const auto found = table.find(key);
    return found == table.end() ? &kNone : &found->second;
}

} // namespace huitong::recognition
