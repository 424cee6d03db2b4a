/// Sets of concepts as one bit each: an operator is a walk over the table.
#include "terminology/ecl/ecl.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

using Bits = std::vector<bool>;

class Evaluation {
public:
    explicit Evaluation(const ConceptTable& table) : table_(table) {}

    Bits of(const EclNode& node) {
        switch (node.kind) {
        case EclKind::any: return active();
        case EclKind::concept_id: return one(node.text);
        case EclKind::hierarchy: return hierarchy(node.text, of(node.parts[0]));
        case EclKind::all_of: return combined(node, [](bool a, bool b) { return a && b; });
        case EclKind::one_of: return combined(node, [](bool a, bool b) { return a || b; });
        case EclKind::minus: return combined(node, [](bool a, bool b) { return a && !b; });
        case EclKind::refined: return both(of(node.parts[0]), refinement(node.parts[1]));
        case EclKind::dotted: return values_of(of(node.parts[0]), of(node.parts[1]));
        case EclKind::members: return unsupported("^");
        case EclKind::group: return unsupported("{ }");
        case EclKind::attribute: return attribute(node);
        }
        return Bits(table_.size());
    }

    std::string failure; ///< what cannot be evaluated

private:
    Bits unsupported(const char* what) {
        failure = what;
        return Bits(table_.size());
    }

    Bits active() const {
        Bits out(table_.size());
        for (ConceptIndex at = 0; at < table_.size(); ++at) out[at] = !table_.is_inactive(at);
        return out;
    }

    Bits one(const std::string& code) {
        if (code.starts_with('#') || code.starts_with('"')) return unsupported("values that are no concepts");
        Bits out(table_.size());
        if (const auto at = table_.find(code); at != kNoConcept) out[at] = true;
        return out;
    }

    template <class Combine>
    Bits combined(const EclNode& node, Combine combine) {
        auto out = of(node.parts[0]);
        for (std::size_t part = 1; part < node.parts.size(); ++part) {
            const auto other = of(node.parts[part]);
            for (std::size_t at = 0; at < out.size(); ++at) out[at] = combine(out[at], other[at]);
        }
        return out;
    }

    static Bits both(Bits a, const Bits& b) {
        for (std::size_t at = 0; at < a.size(); ++at) a[at] = a[at] && b[at];
        return a;
    }

    /// Spreads from the set over parents or children; one step only for the operators with "!".
    Bits hierarchy(std::string_view op, const Bits& from) {
        const bool down = op.front() == '<';
        const bool one_step = op.ends_with('!');
        const bool with_self = op.starts_with("<<") || op.starts_with(">>");
        Bits out(table_.size());
        std::vector<ConceptIndex> open;
        for (ConceptIndex at = 0; at < table_.size(); ++at) {
            if (from[at]) open.push_back(at);
        }
        while (!open.empty()) {
            const auto at = open.back();
            open.pop_back();
            for (const auto next : down ? table_.children(at) : table_.parents(at)) {
                if (out[next]) continue;
                out[next] = true;
                if (!one_step) open.push_back(next);
            }
        }
        if (with_self) {
            for (std::size_t at = 0; at < out.size(); ++at) out[at] = out[at] || from[at];
        }
        return out;
    }

    Bits refinement(const EclNode& node) {
        if (node.kind == EclKind::all_of || node.kind == EclKind::one_of) {
            auto out = refinement(node.parts[0]);
            for (std::size_t part = 1; part < node.parts.size(); ++part) {
                const auto other = refinement(node.parts[part]);
                for (std::size_t at = 0; at < out.size(); ++at)
                    out[at] = node.kind == EclKind::all_of ? out[at] && other[at] : out[at] || other[at];
            }
            return out;
        }
        return of(node);
    }

    /// Calls `use` for each relationship whose type is in `types`.
    template <class Use>
    void each_relationship(const Bits& types, Use use) {
        for (ConceptIndex at = 0; at < table_.size(); ++at) {
            for (const auto& property : table_.properties(at)) {
                const auto type = table_.find(property.name);
                const auto target = type != kNoConcept && types[type] ? table_.find(property.value) : kNoConcept;
                if (target != kNoConcept) use(at, target);
            }
        }
    }

    Bits values_of(const Bits& sources, const Bits& types) {
        Bits out(table_.size());
        each_relationship(types, [&](ConceptIndex source, ConceptIndex target) {
            if (sources[source]) out[target] = true;
        });
        return out;
    }

    Bits attribute(const EclNode& node) {
        if (node.text != "=" && node.text != "!=") return unsupported("comparisons of numbers");
        const auto types = of(node.parts[0]);
        const auto values = of(node.parts[1]);
        std::vector<int> count(table_.size());
        each_relationship(types, [&](ConceptIndex source, ConceptIndex target) {
            const auto subject = node.reversed ? target : source;
            const auto value = node.reversed ? source : target;
            if (values[value] == (node.text == "=")) ++count[subject];
        });
        const auto [low, high] = node.cardinality.value_or(std::pair(1, -1));
        Bits out(table_.size());
        for (std::size_t at = 0; at < out.size(); ++at) out[at] = count[at] >= low && (high < 0 || count[at] <= high);
        return out;
    }

    const ConceptTable& table_;
};

} // namespace

Result<std::vector<bool>> evaluate_ecl(const EclNode& node, const ConceptTable& table) {
    Evaluation evaluation(table);
    auto out = evaluation.of(node);
    if (!evaluation.failure.empty()) return Outcome(error(IssueCode::not_supported, "", "ecl-unsupported", {evaluation.failure}));
    return out;
}

} // namespace huitong::terminology
