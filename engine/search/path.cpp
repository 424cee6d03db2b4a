#include "search/path.hpp"

namespace huitong::search {

using fhir::Element;
using fhirpath::Collection;
using fhirpath::Item;

/// Reads the text step by step; any form it does not know ends it with "no plain path".
class PathReader {
public:
    explicit PathReader(std::string_view text) : text_(text) {}

    std::optional<Path> read() {
        Path out;
        if (!read_head(out)) return std::nullopt;
        while (at_ < text_.size()) {
            if (!read_step(out)) return std::nullopt;
        }
        return out;
    }

private:
    using Kind = Path::Kind;

    static bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
    bool take(std::string_view piece) {
        if (!text_.substr(at_).starts_with(piece)) return false;
        at_ += piece.size();
        return true;
    }
    std::string word() {
        const auto begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    /// "Patient.name", "name", "(Observation.value as Quantity)".
    bool read_head(Path& out) {
        const bool in_parentheses = take("(");
        if (!read_name(out)) return false;
        while (take(".")) {
            if (!read_name_or_call(out)) return false;
        }
        if (take(" as ") && !read_type(out)) return false;
        return !in_parentheses || take(")");
    }

    bool read_name(Path& out) {
        auto name = word();
        if (name.empty()) return false;
        const bool is_type = out.steps_.empty() && name.front() >= 'A' && name.front() <= 'Z';
        out.steps_.push_back({is_type ? Kind::type : Kind::child, std::move(name), {}, 0});
        return true;
    }

    bool read_type(Path& out) {
        auto name = word();
        if (name.empty() || (at_ < text_.size() && text_[at_] == '.')) return false;
        out.steps_.push_back({Kind::type, std::move(name), {}, 0});
        return true;
    }

    bool read_name_or_call(Path& out) {
        if (take("as(") || take("ofType(")) return read_type(out) && take(")");
        if (take("where(")) return read_where(out) && take(")");
        if (!read_name(out)) return false;
        return at_ >= text_.size() || text_[at_] != '('; // another function
    }

    bool read_where(Path& out) {
        if (take("resolve() is ")) {
            auto type = word();
            if (type.empty()) return false;
            out.steps_.push_back({Kind::resolves_to, std::move(type), {}, 0});
            return true;
        }
        auto name = word();
        while (take(" ")) {}
        if (name.empty() || !take("=")) return false;
        while (take(" ")) {}
        if (!take("'")) return false;
        const auto end = text_.find('\'', at_);
        if (end == text_.npos || text_.substr(at_, end - at_).find('\\') != text_.npos) return false;
        out.steps_.push_back({Kind::equals, std::move(name), std::string(text_.substr(at_, end - at_)), 0});
        at_ = end + 1;
        return true;
    }

    bool read_step(Path& out) {
        if (take(".")) return read_name_or_call(out);
        if (!take("[")) return false;
        const auto digits = word();
        if (digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string::npos) return false;
        out.steps_.push_back({Kind::item_at, {}, {}, std::stoul(digits)});
        return take("]");
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

namespace {

/// An element with its definition; lighter than an Item while walking.
struct Typed {
    Element element;
    fhir::TypedName type;
};

bool is_stem_of(std::string_view stem, std::string_view written) {
    return written.size() > stem.size() && written.starts_with(stem) && written[stem.size()] >= 'A' && written[stem.size()] <= 'Z';
}

void add_children(const fhir::Definitions& definitions, const Typed& parent, std::string_view name, std::vector<Typed>& out) {
    for (const auto child : parent.element.children()) {
        const bool same = child.name() == name;
        if (!same && !is_stem_of(name, child.name())) continue;
        Typed typed{child, child.is_resource() ? definitions.type_root(child.type()) : definitions.child(parent.type, child.name())};
        const bool is_choice = typed.type.declared && typed.type.declared->is_choice;
        // "value" names valueQuantity; "valueQuantity" names nothing.
        const bool is_stem = is_choice && typed.type.declared->name.size() == name.size() + 3;
        if (same ? !is_choice || is_stem : is_stem) out.push_back(typed);
    }
}

bool is_of_type(const fhir::Definitions& definitions, const Typed& typed, std::string_view type) {
    const auto own = typed.type.type.empty() ? typed.element.type() : typed.type.type;
    return own == type || definitions.is_a(own, type);
}

bool has_equal_child(Element element, std::string_view name, std::string_view value) {
    for (const auto child : element.children(name)) {
        if (child.has_value() && child.value() == value) return true;
    }
    return false;
}

} // namespace

std::string_view type_in_reference(std::string_view reference) {
    reference = reference.substr(0, reference.find("/_history/"));
    const auto slash = reference.rfind('/');
    if (slash == reference.npos) return {};
    reference = reference.substr(0, slash);
    return reference.substr(reference.rfind('/') + 1);
}

std::string_view referenced_type(Element reference) {
    const auto text = reference.has_value() ? reference.value() : reference.text("reference");
    if (text.starts_with('#')) {
        auto resource = reference;
        while (resource.parent() && !resource.is_resource()) resource = resource.parent();
        if (resource.parent() && resource.name() == "contained") resource = resource.parent();
        for (const auto contained : resource.children("contained")) {
            if (contained.text("id") == text.substr(1)) return contained.type();
        }
    }
    const auto declared = reference.has_value() ? std::string_view() : reference.text("type");
    return declared.empty() ? type_in_reference(text) : declared;
}

std::optional<Path> Path::compile(std::string_view text) { return PathReader(text).read(); }

fhir::TypedName Path::end(const fhir::Definitions& definitions, std::string_view type) const {
    auto at = definitions.type_root(type);
    for (const auto& step : steps_) {
        if (step.kind == Kind::child) at = definitions.child(at, step.name);
    }
    return at;
}

void Path::select(const fhir::Definitions& definitions, const Item& from, Collection& out) const {
    if (!from.is_element()) return;
    std::vector<Typed> current{{from.element(), from.type}};
    for (const auto& step : steps_) {
        std::vector<Typed> next;
        switch (step.kind) {
        case Kind::child:
            for (const auto& parent : current) add_children(definitions, parent, step.name, next);
            break;
        case Kind::item_at:
            if (step.index < current.size()) next.push_back(current[step.index]);
            break;
        case Kind::type:
            for (auto& typed : current) {
                if (is_of_type(definitions, typed, step.name)) next.push_back(typed);
            }
            break;
        case Kind::resolves_to:
            for (auto& typed : current) {
                const auto target = referenced_type(typed.element);
                if (target == step.name || definitions.is_a(target, step.name)) next.push_back(typed);
            }
            break;
        case Kind::equals:
            for (auto& typed : current) {
                if (has_equal_child(typed.element, step.name, step.text)) next.push_back(typed);
            }
            break;
        }
        current = std::move(next);
        if (current.empty()) return;
    }
    for (auto& typed : current) {
        Item item;
        item.value = typed.element;
        item.type = typed.type;
        item.keep = from.keep;
        out.push_back(std::move(item));
    }
}

} // namespace huitong::search
