#include "terminology/ecl/ecl.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace huitong::terminology {
namespace {

constexpr int kDepthMax = 60;

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<EclNode> run() {
        EclNode out;
        skip();
        if (!expression(out) || (skip(), at_ != text_.size())) {
            if (depth_ > kDepthMax) return Outcome(error(IssueCode::too_costly, "", "ecl-depth", {std::to_string(kDepthMax)}));
            auto issue = error(IssueCode::invalid, "", "ecl-syntax", {std::to_string(at_ + 1)});
            issue.position = TextPosition{"", 1, static_cast<std::uint32_t>(at_ + 1)};
            return Outcome(std::move(issue));
        }
        return out;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    /// Blanks, and comments between /* and */.
    void skip() {
        while (at_ < text_.size()) {
            if (std::isspace(static_cast<unsigned char>(peek()))) ++at_;
            else if (text_.substr(at_).starts_with("/*") && text_.find("*/", at_) != text_.npos) at_ = text_.find("*/", at_) + 2;
            else return;
        }
    }

    bool take(char c) {
        skip();
        if (peek() != c) return false;
        ++at_;
        skip();
        return true;
    }

    /// A word in any case, not followed by a letter.
    bool word(std::string_view wanted) {
        skip();
        const auto here = text_.substr(at_, wanted.size());
        const bool same = here.size() == wanted.size() && std::equal(here.begin(), here.end(), wanted.begin(), [](char a, char b) {
                              return std::toupper(static_cast<unsigned char>(a)) == b;
                          });
        const auto next = at_ + wanted.size();
        if (!same || (next < text_.size() && std::isalpha(static_cast<unsigned char>(text_[next])))) return false;
        at_ = next;
        skip();
        return true;
    }

    /// expression: a sub-expression, then a refinement, a dot path, or AND, OR, MINUS.
    bool expression(EclNode& out) {
        if (++depth_ > kDepthMax) return false;
        if (!sub_expression(out)) return false;
        skip();
        if (peek() == ':') {
            ++at_;
            EclNode refinement;
            if (!refinement_of(refinement)) return false;
            wrap(EclKind::refined, out, std::move(refinement));
        } else if (peek() == '.') {
            while (take('.')) {
                EclNode attribute;
                if (!sub_expression(attribute)) return false;
                wrap(EclKind::dotted, out, std::move(attribute));
            }
        } else if (!combine(
                       out, [&](EclNode& next) { return sub_expression(next); }, true)) {
            return false;
        }
        --depth_;
        return true;
    }

    static void wrap(EclKind kind, EclNode& left, EclNode right) {
        EclNode out;
        out.kind = kind;
        out.parts.push_back(std::move(left));
        out.parts.push_back(std::move(right));
        left = std::move(out);
    }

    /// One kind of conjunction or disjunction, as often as it comes; the kinds are not mixed without brackets.
    template <class Read>
    bool combine(EclNode& out, Read read, bool with_minus) {
        std::optional<EclKind> kind;
        while (true) {
            const auto before = at_;
            std::optional<EclKind> next;
            if (take(',') || word("AND")) next = EclKind::all_of;
            else if (word("OR")) next = EclKind::one_of;
            else if (with_minus && word("MINUS")) next = EclKind::minus;
            if (!next) return true;
            if ((kind && *kind != *next) || (kind && *next == EclKind::minus)) {
                at_ = before;
                return false;
            }
            EclNode part;
            if (!read(part)) return false;
            if (!kind) {
                wrap(*next, out, std::move(part));
            } else {
                out.parts.push_back(std::move(part));
            }
            kind = next;
        }
    }

    bool sub_expression(EclNode& out) {
        skip();
        std::string op;
        while (peek() == '<' || peek() == '>' || (peek() == '!' && !op.empty())) {
            op += peek();
            ++at_;
            skip();
        }
        constexpr std::array<std::string_view, 8> kOperators = {"<", "<<", "<!", "<<!", ">", ">>", ">!", ">>!"};
        if (!op.empty() && std::find(kOperators.begin(), kOperators.end(), op) == kOperators.end()) return false;
        const bool members = take('^');
        if (!focus(out)) return false;
        const auto around = [&](EclKind kind, std::string text) {
            EclNode made;
            made.kind = kind;
            made.text = std::move(text);
            made.parts.push_back(std::move(out));
            out = std::move(made);
        };
        if (members) around(EclKind::members, "^");
        if (!op.empty()) around(EclKind::hierarchy, op);
        return true;
    }

    bool focus(EclNode& out) {
        skip();
        if (take('(')) return expression(out) && take(')');
        if (take('*')) {
            out.kind = EclKind::any;
            return true;
        }
        const auto begin = at_;
        while (std::isdigit(static_cast<unsigned char>(peek()))) ++at_;
        constexpr std::size_t kIdMin = 6, kIdMax = 18; ///< of a SNOMED CT identifier
        if (at_ - begin < kIdMin || at_ - begin > kIdMax || text_[begin] == '0') return false;
        out.kind = EclKind::concept_id;
        out.text = text_.substr(begin, at_ - begin);
        skip();
        if (peek() != '|') return true;
        const auto end = text_.find('|', at_ + 1);
        if (end == text_.npos) return false;
        at_ = end + 1;
        skip();
        return true;
    }

    bool refinement_of(EclNode& out) {
        if (++depth_ > kDepthMax) return false;
        const auto read = [&](EclNode& next) { return refinement_part(next); };
        const bool good = refinement_part(out) && combine(out, read, false);
        --depth_;
        return good;
    }

    bool cardinality_of(EclNode& out) {
        if (!take('[')) return true;
        const auto number = [&](int& value) {
            if (take('*')) return value = -1, true;
            const auto begin = at_;
            for (value = 0; std::isdigit(static_cast<unsigned char>(peek())) && at_ - begin < 6; ++at_) value = value * 10 + (peek() - '0');
            return at_ > begin;
        };
        int low = 0, high = 0;
        if (!number(low) || low < 0 || !take('.') || !take('.') || !number(high) || !take(']')) return false;
        if (high >= 0 && high < low) return false;
        out.cardinality = {low, high};
        return true;
    }

    bool refinement_part(EclNode& out) {
        skip();
        const auto begin = at_;
        if (take('(')) { // a bracketed set of attributes, or an attribute name in brackets
            if (refinement_of(out) && take(')') && !is_comparator()) return true;
            at_ = begin;
            out = EclNode();
        }
        if (!cardinality_of(out)) return false;
        if (take('{')) {
            out.kind = EclKind::group;
            out.parts.emplace_back();
            return refinement_of(out.parts.back()) && take('}');
        }
        return attribute(out);
    }

    bool is_comparator() {
        skip();
        const auto rest = text_.substr(at_);
        return rest.starts_with("=") || rest.starts_with("!=") || rest.starts_with("<=") || rest.starts_with(">=");
    }

    bool attribute(EclNode& out) {
        out.kind = EclKind::attribute;
        out.reversed = word("R") || word("REVERSEOF");
        out.parts.resize(2);
        if (!sub_expression(out.parts[0])) return false;
        skip();
        for (const std::string_view comparator : {"!=", "<=", ">=", "=", "<", ">"}) {
            if (!text_.substr(at_).starts_with(comparator)) continue;
            out.text = comparator;
            at_ += comparator.size();
            return value(out.parts[1]);
        }
        return false;
    }

    bool value(EclNode& out) {
        skip();
        if (peek() != '#' && peek() != '"') return sub_expression(out);
        const auto begin = at_;
        if (peek() == '#') {
            ++at_;
            while (std::isdigit(static_cast<unsigned char>(peek())) || peek() == '.' || peek() == '-' || peek() == '+') ++at_;
        } else {
            at_ = text_.find('"', at_ + 1);
            if (at_ == text_.npos) {
                at_ = begin;
                return false;
            }
            ++at_;
        }
        out.kind = EclKind::concept_id;
        out.text = text_.substr(begin, at_ - begin);
        skip();
        return out.text.size() > 1;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

bool is_simple(const EclNode& node) {
    return node.kind == EclKind::any || node.kind == EclKind::concept_id || node.kind == EclKind::members ||
           node.kind == EclKind::hierarchy;
}

std::string inner(const EclNode& node) { return is_simple(node) ? write_ecl(node) : "(" + write_ecl(node) + ")"; }

std::string cardinality_text(const EclNode& node) {
    if (!node.cardinality) return {};
    const auto number = [](int value) { return value < 0 ? std::string("*") : std::to_string(value); };
    return "[" + number(node.cardinality->first) + ".." + number(node.cardinality->second) + "] ";
}

} // namespace

Result<EclNode> read_ecl(std::string_view text) { return Parser(text).run(); }

std::string write_ecl(const EclNode& node) {
    const auto joined = [&](const char* between) {
        std::string out;
        for (const auto& part : node.parts) out += (out.empty() ? "" : between) + inner(part);
        return out;
    };
    const auto refinement = [](const EclNode& part) {
        std::string out;
        if (part.kind != EclKind::all_of && part.kind != EclKind::one_of) return write_ecl(part);
        for (const auto& one : part.parts) {
            const bool nested = one.kind == EclKind::all_of || one.kind == EclKind::one_of;
            out += (out.empty()                    ? ""
                    : part.kind == EclKind::all_of ? ", "
                                                   : " OR ") +
                   (nested ? "(" + write_ecl(one) + ")" : write_ecl(one));
        }
        return out;
    };
    switch (node.kind) {
    case EclKind::any: return "*";
    case EclKind::concept_id: return node.text;
    case EclKind::members:
    case EclKind::hierarchy: return node.text + " " + inner(node.parts[0]);
    case EclKind::all_of: return joined(" AND ");
    case EclKind::one_of: return joined(" OR ");
    case EclKind::minus: return joined(" MINUS ");
    case EclKind::dotted: return joined(" . ");
    case EclKind::refined: return inner(node.parts[0]) + " : " + refinement(node.parts[1]);
    case EclKind::attribute:
        return cardinality_text(node) + (node.reversed ? "R " : "") + inner(node.parts[0]) + " " + node.text + " " + inner(node.parts[1]);
    case EclKind::group: return cardinality_text(node) + "{ " + refinement(node.parts[0]) + " }";
    }
    return {};
}

} // namespace huitong::terminology
