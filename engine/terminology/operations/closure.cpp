#include "terminology/operations/closure.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

constexpr std::size_t kTablesMax = 1'000;
constexpr std::size_t kConceptsMax = 20'000; ///< of a table: a new concept is compared with each that is there

Coding coding_of(fhir::Element element) {
    return {std::string(element.text("system")), std::string(element.text("version")), std::string(element.text("code")),
            std::string(element.text("display"))};
}

bool is_same(const Coding& a, const Coding& b) { return a.system == b.system && a.code == b.code; }

} // namespace

void ClosureTables::add(OperationContext& context, Table& table, const std::vector<fhir::Element>& concepts) {
    const auto version = table.version + 1;
    for (const auto& element : concepts) {
        const auto coding = coding_of(element);
        const bool known =
            std::any_of(table.concepts.begin(), table.concepts.end(), [&](const Coding& one) { return is_same(one, coding); });
        if (known) continue;
        const auto system = context.library.system(coding.system, coding.version);
        if (!system) return context.fail("tx-system-unknown", "", {versioned(coding.system, coding.version)});
        const auto at = system->find(coding.code);
        if (at == kNoConcept) return context.fail("tx-code-unknown", "", {coding.code, coding.system});
        if (table.concepts.size() >= kConceptsMax) return context.fail("tx-too-costly", "", {std::to_string(kConceptsMax)});
        if (!context.spend(table.concepts.size())) return;
        for (const auto& other : table.concepts) {
            const auto there = other.system == coding.system ? system->find(other.code) : kNoConcept;
            if (there == kNoConcept) continue;
            if (system->concepts->is_a(at, there)) table.pairs.push_back({coding, other, version});
            if (system->concepts->is_a(there, at)) table.pairs.push_back({other, coding, version});
        }
        table.concepts.push_back(coding);
        table.version = version;
    }
}

OperationAnswer ClosureTables::answer(const Library& library, const OperationInput& input, const OperationSettings& settings,
                                      const std::string& owner) {
    OperationContext context(library, input, settings);
    const auto name = input.text("name");
    const auto concepts = input.elements("concept");
    const auto since = input.number("version");
    if (name.empty()) context.fail("tx-parameter-missing", "", {"name"});
    if (context.stop) return stopped(context);
    const std::lock_guard lock(mutex_);
    const auto found = tables_.find({owner, name});
    const bool begins = concepts.empty() && !since;
    if (!begins && found == tables_.end()) context.fail("tx-closure-unknown", "", {name});
    if (begins && found == tables_.end() && tables_.size() >= kTablesMax) context.fail("tx-too-costly", "", {std::to_string(kTablesMax)});
    if (context.stop) return stopped(context);
    auto table = begins ? Table() : found->second; // a request that fails half-way changes nothing
    const auto shown = since ? *since : table.version;
    add(context, table, concepts);
    if (context.stop) return stopped(context);
    JsonWriter out;
    out.object().member("resourceType", "ConceptMap").member("version", std::to_string(table.version)).member("name", name);
    out.member("status", "active").flag("experimental", true).member("date", settings.now);
    std::map<std::string, std::map<std::string, std::vector<const Pair*>>> groups; // by system, then by code
    for (const auto& pair : table.pairs) {
        if (pair.version > shown) groups[pair.below.system][pair.below.code].push_back(&pair);
    }
    if (!groups.empty()) out.array("group");
    for (const auto& [system, elements] : groups) {
        out.object().member("source", system).member("target", system).array("element");
        for (const auto& [code, pairs] : elements) {
            out.object().member("code", code).array("target");
            for (const auto* pair : pairs) out.object().member("code", pair->above.code).member("equivalence", "subsumes").end_object();
            out.end_array().end_object();
        }
        out.end_array().end_object();
    }
    if (!groups.empty()) out.end_array();
    out.end_object();
    tables_[{owner, name}] = std::move(table);
    return {200, out.take()};
}

} // namespace huitong::terminology
