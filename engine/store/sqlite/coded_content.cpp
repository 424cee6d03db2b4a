#include "store/sqlite/coded_content.hpp"

#include "fhir/json.hpp"
#include "store/sqlite/body_codec.hpp"
#include "store/sqlite/connection.hpp"

namespace huitong::store {
namespace {

/// Elements of a resource that say what it is about, and not what it is made of or was done for.
constexpr std::string_view kSubjects[] = {"code", "vaccineCode", "medicationCodeableConcept"};

bool is_coding(fhir::Element coding, const RowToken& token) {
    return coding.text("code") == token.code && (token.system == "*" || coding.text("system") == token.system);
}

/// Codings, quantities and single codes alike, in contained resources and extensions too.
bool stands_anywhere(const fhir::Document& content, const RowToken& token) {
    for (fhir::NodeIndex index = 1; index < content.size(); ++index) {
        const auto element = content.element(index);
        if (element.name() == "code" && element.value() == token.code && is_coding(element.parent(), token)) return true;
    }
    return false;
}

bool is_subject(const fhir::Document& content, const RowToken& token) {
    for (const auto name : kSubjects) {
        const auto subject = content.root().child(name);
        if (!subject) continue;
        for (const auto coding : subject.children("coding")) {
            if (is_coding(coding, token)) return true;
        }
    }
    return false;
}

/// No document: expunged, damaged, sealed with a key that is not at hand, or no such version.
fhir::DocumentPtr read_content(Connection& connection, const BodyCodec& codec, VersionKey version) {
    auto row = connection.prepare("SELECT codec, body, size FROM version WHERE vid = ?");
    row.bind(version);
    if (!row.step() || row.integer(0) == kExpunged) return nullptr;
    const auto body = codec.decode_whole(static_cast<int>(row.integer(0)), row.text(1), static_cast<std::size_t>(row.integer(2)));
    return body ? fhir::read_json(*body).value : nullptr;
}

} // namespace

bool asks_content(const RowToken& token) { return token.param == kAnyCoding || token.param == kSubjectCoding; }

void CodedContent::read(VersionKey version) {
    if (version_ == version) return;
    content_ = read_content(connection_, codec_, version);
    version_ = version;
}

std::vector<std::string> CodedContent::patients(VersionKey version) {
    read(version);
    std::vector<std::string> out;
    for (fhir::NodeIndex index = 1; content_ && index < content_->size(); ++index) {
        const auto element = content_->element(index);
        if (element.name() != "reference") continue;
        auto named = element.value();
        named = named.substr(0, named.find("/_history/"));
        const auto slash = named.rfind('/');
        if (slash == named.npos) continue;
        const auto before = named.substr(0, slash);
        if (before.substr(before.rfind('/') + 1) == "Patient") out.emplace_back(named.substr(slash + 1));
    }
    return out;
}

bool CodedContent::holds(VersionKey version, const RowToken& token) {
    read(version);
    const bool closes = token.param == kAnyCoding;
    if (!content_ || !content_->root()) return closes;
    return closes ? stands_anywhere(*content_, token) : is_subject(*content_, token);
}

} // namespace huitong::store
