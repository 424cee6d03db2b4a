/// JSON Patch. Source: RFC 6902; pointers: RFC 6901.
#include "patch/json_value.hpp"
#include "patch/patch.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace huitong::patch {
namespace {

using Pointer = std::vector<std::string>;

/// One step with `~0` and `~1` read back; nullopt: a tilde that escapes nothing.
std::optional<std::string> read_step(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '~') {
            out += text[i];
            continue;
        }
        if (++i == text.size() || (text[i] != '0' && text[i] != '1')) return std::nullopt;
        out += text[i] == '0' ? '~' : '/';
    }
    return out;
}

std::optional<Pointer> read_pointer(std::string_view text) {
    Pointer out;
    if (!text.empty() && text.front() != '/') return std::nullopt;
    while (!text.empty()) {
        text.remove_prefix(1);
        const auto end = std::min(text.find('/'), text.size());
        auto step = read_step(text.substr(0, end));
        if (!step) return std::nullopt;
        out.push_back(std::move(*step));
        text.remove_prefix(end);
    }
    return out;
}

/// An index as RFC 6901 §4 writes it: no sign, no leading zero.
std::optional<std::size_t> read_index(std::string_view text) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::size_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

class Patcher {
public:
    Patcher(JsonValue& root, const Limits& limits) : root_(root), limits_(limits) {}

    Outcome run(const JsonValue& operation, std::size_t index) {
        where_ = "patch[" + std::to_string(index) + "]";
        if (!operation.is_object()) return bad_form("op");
        const auto kind = text_of(operation, "op");
        const auto path = pointer_of(operation, "path");
        if (!path) return bad_form("path");
        if (kind == "remove") return remove(*path);
        if (kind == "move" || kind == "copy") {
            const auto from = pointer_of(operation, "from");
            if (!from) return bad_form("from");
            return kind == "move" ? move(*from, *path) : copy(*from, *path);
        }
        if (kind != "add" && kind != "replace" && kind != "test") return bad_form("op");
        const auto* value = operation.member("value");
        if (!value) return bad_form("value");
        if (kind == "add") return add(*path, *value);
        if (kind == "replace") return replace(*path, *value);
        const auto* found = find(*path, path->size());
        if (!found) return no_place();
        return found->equals(*value) ? Outcome() : Outcome(error(IssueCode::processing, where_, "patch-test"));
    }

private:
    static std::string text_of(const JsonValue& operation, std::string_view name) {
        const auto* found = operation.member(name);
        return found && found->kind == JsonValue::Kind::text ? found->text : std::string();
    }

    static std::optional<Pointer> pointer_of(const JsonValue& operation, std::string_view name) {
        const auto* found = operation.member(name);
        if (!found || found->kind != JsonValue::Kind::text) return std::nullopt;
        return read_pointer(found->text);
    }

    Outcome bad_form(std::string member) const { return error(IssueCode::invalid, where_, "patch-form", {std::move(member)}); }
    Outcome no_place() const { return error(IssueCode::processing, where_, "patch-path"); }

    /// The value behind the first `steps` of a pointer; null when it is not there.
    JsonValue* find(const Pointer& pointer, std::size_t steps) {
        auto* at = &root_;
        for (std::size_t i = 0; i < steps; ++i) {
            const auto place = place_in(*at, pointer[i]);
            if (place == JsonValue::npos) return nullptr;
            at = &at->items[place];
        }
        return at;
    }

    static std::size_t place_in(const JsonValue& value, const std::string& step) {
        if (value.is_object()) return value.find(step);
        const auto index = value.is_array() ? read_index(step) : std::nullopt;
        return index && *index < value.items.size() ? *index : JsonValue::npos;
    }

    /// By value: what is added may be part of what it is added to.
    Outcome add(const Pointer& path, JsonValue value) {
        made_ += value.size();
        // A few copies of the whole into itself would else fill the memory.
        if (made_ > limits_.inflated_bytes_max || path.size() + value.depth() > limits_.json_depth_max)
            return error(IssueCode::too_costly, where_, "patch-size-max");
        if (path.empty()) {
            root_ = std::move(value);
            return {};
        }
        auto* parent = find(path, path.size() - 1);
        if (!parent) return no_place();
        const auto& step = path.back();
        if (parent->is_object()) {
            const auto place = parent->find(step);
            if (place != JsonValue::npos) {
                parent->items[place] = std::move(value);
            } else {
                parent->names.push_back(step);
                parent->items.push_back(std::move(value));
            }
            return {};
        }
        const auto index = step == "-" ? parent->items.size() : read_index(step).value_or(JsonValue::npos);
        if (!parent->is_array() || index > parent->items.size()) return no_place();
        parent->items.insert(parent->items.begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
        return {};
    }

    Outcome replace(const Pointer& path, JsonValue value) {
        auto* found = find(path, path.size());
        if (!found) return no_place();
        if (path.size() + value.depth() > limits_.json_depth_max) return error(IssueCode::too_costly, where_, "patch-size-max");
        *found = std::move(value);
        return {};
    }

    Outcome remove(const Pointer& path) {
        auto* parent = path.empty() ? nullptr : find(path, path.size() - 1);
        const auto place = parent ? place_in(*parent, path.back()) : JsonValue::npos;
        if (place == JsonValue::npos) return no_place();
        if (parent->is_object()) parent->names.erase(parent->names.begin() + static_cast<std::ptrdiff_t>(place));
        parent->items.erase(parent->items.begin() + static_cast<std::ptrdiff_t>(place));
        return {};
    }

    Outcome copy(const Pointer& from, const Pointer& path) {
        const auto* found = find(from, from.size());
        return found ? add(path, *found) : no_place();
    }

    Outcome move(const Pointer& from, const Pointer& path) {
        const auto* found = find(from, from.size());
        if (!found) return no_place();
        if (from == path) return {};
        const bool into_itself = path.size() > from.size() && std::equal(from.begin(), from.end(), path.begin());
        if (into_itself || from.empty()) return no_place();
        auto value = *found;
        if (auto issues = remove(from); issues.has_errors()) return issues;
        return add(path, std::move(value));
    }

    JsonValue& root_;
    const Limits& limits_;
    std::string where_;
    std::size_t made_ = 0;
};

} // namespace

Result<std::string> patch_json(std::string_view document, std::string_view patch, const Limits& limits, Empties empties) {
    auto root = read_json_value(document, "", limits);
    if (!root) return root.error();
    const auto operations = read_json_value(patch, "patch", limits);
    if (!operations) return operations.error();
    if (operations->items.size() > kOperationsMax) return Outcome(error(IssueCode::too_costly, "patch", "patch-size-max"));
    if (!operations->is_array()) return Outcome(error(IssueCode::invalid, "patch", "patch-form", {"[]"}));
    Patcher patcher(*root, limits);
    for (std::size_t i = 0; i < operations->items.size(); ++i) {
        if (auto issues = patcher.run(operations->items[i], i); issues.has_errors()) return issues;
    }
    if (empties == Empties::drop) root->drop_empty();
    std::string out;
    root->write(out);
    if (out.size() > std::max(limits.http_body_bytes_max, document.size()))
        return Outcome(error(IssueCode::too_costly, "patch", "patch-size-max"));
    return out;
}

} // namespace huitong::patch
