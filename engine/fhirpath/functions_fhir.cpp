#include "fhirpath/functions.hpp"

#include "ucum/ucum.hpp"

namespace huitong::fhirpath {
namespace {

Collection extension(Evaluator& e, const Node& call, const Collection& focus) {
    const auto url = e.string_argument(call, 0);
    Collection out;
    if (!url) return out;
    for (const auto& value : focus) {
        Collection all;
        e.children(value, "extension", all);
        for (auto& one : all) {
            if (one.element().text("url") == *url) out.push_back(std::move(one));
        }
    }
    return out;
}
/// Written by R4's own search parameters (QuestionnaireResponse item-subject).
Collection has_extension(Evaluator& e, const Node& call, const Collection& focus) { return {item(!extension(e, call, focus).empty())}; }
Collection has_value(Evaluator&, const Node&, const Collection& focus) {
    return {item(focus.size() == 1 && (!focus.front().is_element() || focus.front().element().has_value()))};
}
Collection value_of(Evaluator&, const Node&, const Collection& focus) {
    if (focus.size() != 1) return {};
    if (focus.front().is_element() && !focus.front().element().has_value()) return {};
    return {system_value(focus.front())};
}

/// For search extraction: an item whose type is the one in the reference; nothing is read.
Item typed_stub(Evaluator& e, const Item& from, std::string_view reference, std::string_view declared_type) {
    auto type = declared_type.empty() ? type_in_reference(reference) : declared_type;
    if (reference.starts_with('#')) {
        const auto& resource = e.context().resource;
        if (resource.is_element() && resource.element()) {
            for (auto contained : resource.element().children("contained")) {
                if (contained.text("id") == reference.substr(1)) type = contained.type();
            }
        }
    }
    Item out;
    if (type.empty()) return out;
    auto document = std::make_shared<fhir::Document>();
    document->set_root(document->intern(type));
    out.value = document->root();
    out.keep = document;
    out.type.type = document->root().type();
    if (e.context().definitions) out.type = e.context().definitions->type_root(type);
    (void)from;
    return out;
}

Collection resolve(Evaluator& e, const Node&, const Collection& focus) {
    Collection out;
    for (const auto& value : focus) {
        std::string reference;
        std::string declared_type;
        if (const auto text = as_string(value)) reference = *text;
        else if (value.is_element()) {
            reference = value.element().text("reference");
            declared_type = value.element().text("type");
        }
        if (e.context().reference_by_type) {
            auto stub = typed_stub(e, value, reference, declared_type);
            if (stub.is_element() && stub.keep) out.push_back(std::move(stub));
            continue;
        }
        if (reference.empty()) continue;
        if (e.context().environment) {
            auto found = e.context().environment->resolve(reference, value);
            if (found.is_element() && found.element()) out.push_back(std::move(found));
            continue;
        }
        const auto& root = e.context().root_resource;
        if (!reference.starts_with('#') || !root.is_element() || !root.element()) continue;
        for (auto contained : root.element().children("contained")) {
            if (contained.text("id") == std::string_view(reference).substr(1)) out.push_back(e.typed_child(root, contained));
        }
    }
    return out;
}

Collection member_of(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    const auto url = e.string_argument(call, 0);
    if (!value || !url || !e.context().environment) return {};
    const auto member = e.context().environment->member_of(*value, *url);
    return member ? Collection{item(*member)} : Collection();
}
Collection conforms_to(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    const auto url = e.string_argument(call, 0);
    if (!value || !url) return {};
    if (e.context().environment) {
        if (const auto conforms = e.context().environment->conforms_to(*value, *url)) return {item(*conforms)};
    }
    // A base structure is answered by the type alone.
    const auto* definitions = e.context().definitions;
    const auto* structure = definitions ? definitions->find_structure(*url) : nullptr;
    if (!structure) e.fail(IssueCode::not_found, "fhirpath-unknown-structure", {*url});
    if (structure->is_profile) return {};
    return {item(definitions->is_a(type_text(*value), structure->type))};
}
Collection subsumption(Evaluator& e, const Node& call, const Collection& focus, bool reversed) {
    const auto left = e.single(focus);
    const auto right = e.single(e.argument(call, 0));
    if (!left || !right || !left->is_element() || !right->is_element() || !e.context().environment) return {};
    const auto& a = reversed ? right->element() : left->element();
    const auto& b = reversed ? left->element() : right->element();
    const auto found = e.context().environment->subsumes(a.text("system"), a.text("code"), b.text("code"));
    return found ? Collection{item(*found)} : Collection();
}
Collection subsumes(Evaluator& e, const Node& call, const Collection& focus) { return subsumption(e, call, focus, false); }
Collection subsumed_by(Evaluator& e, const Node& call, const Collection& focus) { return subsumption(e, call, focus, true); }

Collection check_modifiers(Evaluator& e, const Node& call, const Collection& focus) {
    for (const auto& value : focus) {
        if (!value.is_element()) continue;
        for (auto modifier : value.element().children("modifierExtension")) {
            bool known = false;
            for (std::size_t i = 0; i < e.argument_count(call); ++i)
                known = known || e.string_argument(call, i).value_or("") == modifier.text("url");
            if (!known) e.fail(IssueCode::extension, "fhirpath-modifier", {std::string(modifier.text("url"))});
        }
    }
    return focus;
}
Collection html_checks(Evaluator& e, const Node&, const Collection& focus) {
    // The narrative's own checks are the validator's; here: it is one div.
    const auto value = e.single(focus);
    if (!value) return {};
    const auto text = as_string(*value).value_or("");
    return {item(text.starts_with("<") && text.find("<script") == text.npos)};
}
Collection slice(Evaluator&, const Node&, const Collection&) { return {}; }
Collection comparable(Evaluator& e, const Node& call, const Collection& focus) {
    const auto left = e.single(focus);
    const auto right = e.single(e.argument(call, 0));
    if (!left || !right) return {};
    const auto a = as_quantity(*left);
    const auto b = as_quantity(*right);
    if (!a || !b) return {item(false)};
    return {item(a->unit == b->unit || static_cast<bool>(ucum::convert(Decimal(1), a->unit, b->unit)))};
}

// ---- keys of tables (SQL on FHIR 2.0, "Required additional functions")

Collection resource_key(Evaluator&, const Node&, const Collection& focus) {
    Collection out;
    for (const auto& value : focus) {
        if (!value.is_element() || !value.element().is_resource()) continue;
        const auto id = value.element().text("id");
        if (!id.empty()) out.push_back(item(std::string(id)));
    }
    return out;
}
/// The key of the resource that a Reference names by its place; with a type only when it is of that type.
Collection reference_key(Evaluator& e, const Node& call, const Collection& focus) {
    const auto type = e.argument_count(call) > 0 ? e.type_argument(call, 0) : std::string();
    Collection out;
    for (const auto& value : focus) {
        if (!value.is_element()) continue;
        auto reference = value.element().text("reference");
        if (reference.starts_with('#')) continue;
        reference = reference.substr(0, reference.find("/_history/"));
        const auto slash = reference.rfind('/');
        if (slash == reference.npos || (!type.empty() && type_in_reference(reference) != type.substr(type.rfind('.') + 1))) continue;
        out.push_back(item(std::string(reference.substr(slash + 1))));
    }
    return out;
}

constexpr Function kFunctions[] = {
    {"extension", 1, 1, extension},
    {"hasExtension", 1, 1, has_extension},
    {"hasValue", 0, 0, has_value},
    {"getValue", 0, 0, value_of},
    {"resolve", 0, 0, resolve},
    {"memberOf", 1, 1, member_of},
    {"conformsTo", 1, 1, conforms_to},
    {"subsumes", 1, 1, subsumes},
    {"subsumedBy", 1, 1, subsumed_by},
    {"checkModifiers", 0, -1, check_modifiers},
    {"htmlChecks", 0, 0, html_checks},
    {"slice", 2, 2, slice},
    {"comparable", 1, 1, comparable},
    {"getResourceKey", 0, 0, resource_key},
    {"getReferenceKey", 0, 1, reference_key},
};

} // namespace

std::span<const Function> fhir_functions() { return kFunctions; }

} // namespace huitong::fhirpath
