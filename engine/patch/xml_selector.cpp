#include "patch/xml_selector.hpp"

#include <cctype>
#include <charconv>
#include <optional>

namespace huitong::patch {
namespace {

struct Predicate;

struct Step {
    enum class Kind : std::uint8_t { element, self, text, comment, instruction, attribute, declaration };
    Kind kind = Kind::element;
    std::string name, space; ///< name "*": any; space: namespace
    std::vector<Predicate> predicates;
};

struct Predicate {
    std::size_t position = 0; ///< from 1; 0: none
    bool last = false;
    std::vector<Step> path;
    std::optional<std::string> equals;
};

struct Selector {
    std::optional<std::string> id; ///< `id('x')` at the start
    std::vector<Step> steps;
};

bool is_name_char(char c) {
    const auto u = static_cast<unsigned char>(c);
    return std::isalnum(u) || c == '_' || c == '-' || c == '.' || u >= 0x80;
}

class Parser {
public:
    Parser(std::string_view text, pugi::xml_node patch) : text_(text), patch_(patch) {}

    std::optional<Selector> selector() {
        Selector out;
        if (take("id(")) {
            out.id = literal();
            if (!out.id || !take(")")) return std::nullopt;
            if (at_end()) return out;
            if (!take("/")) return std::nullopt;
        } else if (take("/") && at_end()) {
            return std::nullopt;
        }
        if (!path(out.steps) || !at_end()) return std::nullopt;
        return out;
    }

private:
    bool at_end() {
        skip();
        return at_ == text_.size();
    }
    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool take(std::string_view word) {
        skip();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    std::optional<std::string> literal() {
        skip();
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
        const auto end = text_.find(text_[at_], at_ + 1);
        if (end == text_.npos) return std::nullopt;
        std::string out(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return out;
    }

    std::string word() {
        skip();
        const auto begin = at_;
        while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    bool path(std::vector<Step>& out) {
        if (++depth_ > 16) return false;
        do {
            Step made;
            if (!step(made)) return false;
            const bool is_leaf = made.kind == Step::Kind::attribute || made.kind == Step::Kind::declaration;
            out.push_back(std::move(made));
            if (is_leaf) break;
        } while (take("/"));
        --depth_;
        return true;
    }

    bool step(Step& out) {
        if (take("@")) {
            out.kind = Step::Kind::attribute;
            return name(out, false);
        }
        if (take("namespace::")) {
            out.kind = Step::Kind::declaration;
            out.name = word();
            return !out.name.empty();
        }
        if (take("text()")) out.kind = Step::Kind::text;
        else if (take("comment()")) out.kind = Step::Kind::comment;
        else if (take("processing-instruction(")) {
            out.kind = Step::Kind::instruction;
            out.name = literal().value_or("*");
            if (!take(")")) return false;
        } else if (take(".")) out.kind = Step::Kind::self;
        else if (!name(out, true)) return false;
        while (take("[")) {
            if (!predicate(out.predicates.emplace_back())) return false;
        }
        return true;
    }

    bool name(Step& out, bool is_element) {
        if (take("*")) {
            out.name = out.space = "*";
            return true;
        }
        out.name = word();
        std::string prefix;
        if (at_ < text_.size() && text_[at_] == ':' && !text_.substr(at_).starts_with("::")) {
            ++at_;
            prefix = std::exchange(out.name, word());
        }
        if (out.name.empty()) return false;
        if (prefix.empty() && !is_element) return true; // an attribute without prefix is in no namespace
        out.space = namespace_at(patch_, prefix);
        if (out.space.empty() && prefix == "f") out.space = "http://hl7.org/fhir";
        if (out.space.empty() && prefix == "h") out.space = "http://www.w3.org/1999/xhtml";
        return prefix.empty() || !out.space.empty();
    }

    bool predicate(Predicate& out) {
        skip();
        if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
            const auto digits = word();
            const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out.position);
            return failure == std::errc() && end == digits.data() + digits.size() && out.position > 0 && take("]");
        }
        if (take("last()")) {
            out.last = true;
            return take("]");
        }
        if (!path(out.path)) return false;
        if (take("=")) {
            out.equals = literal();
            if (!out.equals) return false;
        }
        return take("]");
    }

    std::string_view text_;
    pugi::xml_node patch_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

bool is_text(pugi::xml_node node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

bool named(pugi::xml_node node, const Step& step) {
    if (step.name == "*") return true;
    const std::string_view name = node.name();
    return local_name(name) == step.name && namespace_at(node, prefix_of(name)) == step.space;
}

bool fits(pugi::xml_node node, const Step& step) {
    switch (step.kind) {
    case Step::Kind::element: return node.type() == pugi::node_element && named(node, step);
    case Step::Kind::text: return is_text(node);
    case Step::Kind::comment: return node.type() == pugi::node_comment;
    case Step::Kind::instruction: return node.type() == pugi::node_pi && (step.name == "*" || step.name == node.name());
    default: return false;
    }
}

void add_text(pugi::xml_node node, std::string& out) {
    if (is_text(node)) out += node.value();
    for (const auto child : node.children()) add_text(child, out);
}

std::string string_value(const Selected& selected) {
    if (selected.attribute) return selected.attribute.value();
    std::string out;
    if (selected.node.type() == pugi::node_element) add_text(selected.node, out);
    else out = selected.node.value();
    return out;
}

std::vector<Selected> walk(std::vector<Selected> from, const std::vector<Step>& steps);

bool holds(const Selected& candidate, const Predicate& predicate, std::size_t place, std::size_t count) {
    if (predicate.position > 0) return place == predicate.position;
    if (predicate.last) return place == count;
    std::vector<Selected> start;
    start.push_back(candidate);
    for (const auto& found : walk(std::move(start), predicate.path)) {
        if (!predicate.equals || string_value(found) == *predicate.equals) return true;
    }
    return false;
}

std::vector<Selected> candidates(const Selected& from, const Step& step) {
    std::vector<Selected> out;
    if (step.kind == Step::Kind::self) {
        out.push_back(from);
    } else if (step.kind == Step::Kind::attribute || step.kind == Step::Kind::declaration) {
        for (const auto attribute : from.node.attributes()) {
            const std::string_view name = attribute.name();
            const bool declares = name == "xmlns" || name.starts_with("xmlns:");
            if (declares != (step.kind == Step::Kind::declaration)) continue;
            const auto space = prefix_of(name).empty() ? std::string_view() : namespace_at(from.node, prefix_of(name));
            if (step.name != "*" && (local_name(name) != step.name || (!declares && space != step.space))) continue;
            out.push_back({from.node, attribute, declares});
        }
    } else {
        for (const auto child : from.node.children()) {
            if (fits(child, step)) out.push_back({child, {}, false});
        }
    }
    return out;
}

std::vector<Selected> walk(std::vector<Selected> from, const std::vector<Step>& steps) {
    for (const auto& step : steps) {
        std::vector<Selected> next;
        for (const auto& start : from) {
            auto found = candidates(start, step);
            for (const auto& predicate : step.predicates) {
                std::vector<Selected> kept;
                for (std::size_t i = 0; i < found.size(); ++i) {
                    if (holds(found[i], predicate, i + 1, found.size())) kept.push_back(found[i]);
                }
                found = std::move(kept);
            }
            next.insert(next.end(), found.begin(), found.end());
        }
        from = std::move(next);
    }
    return from;
}

pugi::xml_node find_id(pugi::xml_node node, const std::string& id) {
    return node.find_node([&](pugi::xml_node at) {
        return std::string_view(at.attribute("xml:id").value()) == id || std::string_view(at.attribute("id").value()) == id;
    });
}

} // namespace

std::string_view local_name(std::string_view name) {
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

std::string_view prefix_of(std::string_view name) {
    const auto colon = name.find(':');
    return colon == name.npos ? std::string_view() : name.substr(0, colon);
}

std::string_view namespace_at(pugi::xml_node node, std::string_view prefix) {
    const auto attribute = prefix.empty() ? std::string("xmlns") : "xmlns:" + std::string(prefix);
    for (auto at = node; at; at = at.parent()) {
        if (const auto found = at.attribute(attribute.c_str())) return found.value();
    }
    return prefix == "xml" ? "http://www.w3.org/XML/1998/namespace" : std::string_view();
}

Result<std::vector<Selected>> select_xml(pugi::xml_node document, std::string_view selector, pugi::xml_node patch,
                                         const std::string& where) {
    auto parsed = Parser(selector, patch).selector();
    if (!parsed) return Outcome(error(IssueCode::invalid, where, "patch-selector"));
    std::vector<Selected> start;
    start.push_back({parsed->id ? find_id(document, *parsed->id) : document, {}, false});
    if (!start.front().node) return std::vector<Selected>();
    return walk(std::move(start), parsed->steps);
}

} // namespace huitong::patch
