#include "access/deidentify.hpp"

#include "access/bare_value.hpp"
#include "base/base64.hpp"
#include "base/cipher.hpp"
#include "base/date_time.hpp"
#include "base/durable_file.hpp"
#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace huitong::access {
namespace {

constexpr int kDaysRange = 365;       ///< of the moves: −182 to +183, never 0
constexpr int kOldestAge = 90;        ///< from it on all are one
constexpr std::size_t kTokenHex = 32; ///< of ids and identifiers
constexpr std::size_t kUnitBytesMax = 16;

/// All text, all people, or the trail itself.
constexpr std::string_view kNotGivenOut[] = {"AuditEvent", "Basic",      "Binary",           "Bundle",          "Communication",
                                             "Consent",    "Parameters", "DocumentManifest", "Provenance",      "DocumentReference",
                                             "Person",     "Media",      "Subscription",     "OperationOutcome"};
/// Types of values that name no one.
constexpr std::string_view kHarmless[] = {"code", "boolean", "integer", "positiveInt", "unsignedInt", "decimal", "time"};
constexpr std::string_view kMoved[] = {"date", "dateTime", "instant"};
constexpr std::string_view kTexts[] = {"string",       "markdown",      "xhtml",      "base64Binary", "Narrative", "HumanName",
                                       "ContactPoint", "ContactDetail", "Attachment", "Annotation",   "Signature"};
/// Extensions that say of a birth or a home more than is given out.
constexpr std::string_view kTellingExtensions[] = {"http://hl7.org/fhir/StructureDefinition/patient-birthTime",
                                                   "http://hl7.org/fhir/StructureDefinition/geolocation"};
/// Units of ages, UCUM, with how many of them are a year.
constexpr std::pair<std::string_view, int> kAgeUnits[] = {{"a", 1}, {"mo", 12}, {"wk", 52}, {"d", 365}, {"h", 365 * 24}};
constexpr std::string_view kAddresses[] = {"uri", "url", "canonical", "oid", "uuid"};

template <std::size_t count>
bool is_one_of(std::string_view text, const std::string_view (&list)[count]) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

/// The middle of what a date with less than a day may mean, so that a move by days does not always cross its end.
std::string moved(std::string_view text, int days) {
    auto value = read_date_time(text);
    if (!value) return {};
    auto middle = *value;
    if (middle.precision == Precision::year) middle.month = 7;
    if (middle.precision == Precision::month) middle.day = 15;
    const auto offset = middle.offset_minutes.value_or(0);
    const auto precision = middle.precision;
    middle.precision = std::max(precision, Precision::day);
    const auto at = instants_of(middle, offset).first.microseconds + days * kMicrosecondsPerDay;
    const auto day = date_time_of({at}, offset);
    value->year = day.year;
    value->month = day.month;
    value->day = day.day;
    return write_date_time(*value);
}

} // namespace

/// One resource on its way: changes the document in place.
class Deidentifier::Walk {
public:
    Walk(const Deidentifier& owner, fhir::Document& document, int days) : owner_(owner), document_(document), days_(days) {}

    void resource(fhir::NodeIndex index) {
        const auto type = document_.node(index).type;
        children(index, owner_.definitions_.type_root(type), type);
    }

private:
    /// False: nothing of it stays.
    bool child(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view parent_type);
    void children(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view type);
    bool text(fhir::NodeIndex index, std::string_view name, std::string_view parent_type);
    static bool is_kept_address(std::string_view name, std::string_view parent_type);
    bool reference(fhir::NodeIndex index);
    void set(fhir::NodeIndex index, const std::string& value) { document_.set_value(index, fhir::ValueKind::text, document_.copy(value)); }
    std::string birth_year(std::string_view text) const;
    bool is_told_elsewhere(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view parent_type) const;
    bool is_birth(fhir::NodeIndex index) const;
    bool cap_age(fhir::NodeIndex index, std::string_view parent_type);

    const Deidentifier& owner_;
    fhir::Document& document_;
    int days_;
};

void Deidentifier::Walk::children(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view type) {
    std::vector<fhir::NodeIndex> gone;
    for (auto at = document_.node(index).first_child; at != fhir::kNoNode; at = document_.node(at).next_sibling) {
        if (!child(at, owner_.definitions_.child(typed, document_.node(at).name), type)) gone.push_back(at);
    }
    for (const auto at : gone) document_.remove_child(index, at);
}

bool Deidentifier::Walk::child(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view parent_type) {
    const auto& node = document_.node(index);
    const auto name = node.name;
    if (!node.type.empty()) {
        if (!is_given_out(node.type)) return false;
        resource(index);
        return true;
    }
    if (!typed.declared || is_told_elsewhere(index, typed, parent_type)) return false;
    const auto type = typed.type;
    if (parent_type == "Address" || is_birth(index)) remove_children(document_, index);
    if (name == "id") {
        // Of a resource; ids of elements are texts.
        if (document_.node(node.parent).type.empty()) return false;
        const bool is_contained = node.parent != 0;
        set(index,
            owner_.token("id", is_contained ? "#" + std::string(node.value) : std::string(parent_type) + '/' + std::string(node.value)));
        return true;
    }
    const bool has_children = node.first_child != fhir::kNoNode;
    if (is_one_of(type, kTexts) || is_one_of(type, kAddresses)) {
        remove_children(document_, index);
        return is_one_of(type, kTexts) ? text(index, name, parent_type) : is_kept_address(name, parent_type);
    }
    if (type == "decimal" && name == "value" && !cap_age(index, parent_type)) return false;
    if (has_children) children(index, typed, type);
    if (is_one_of(type, kHarmless))
        return document_.node(index).kind != fhir::ValueKind::none || document_.node(index).first_child != fhir::kNoNode;
    if (is_one_of(type, kMoved)) {
        if (document_.node(index).kind == fhir::ValueKind::none) return false;
        const auto value = is_birth(index) ? birth_year(node.value) : moved(node.value, days_);
        if (value.empty() || (parent_type == "Meta")) return false;
        set(index, value);
        return true;
    }
    if (!has_children) return false; // a primitive of a type that is not listed
    return document_.node(index).first_child != fhir::kNoNode &&
           (type != "Extension" || document_.element(index).first_child().next_sibling());
}

/// What would tell more of a place or a birth than its province and its year.
bool Deidentifier::Walk::is_told_elsewhere(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view parent_type) const {
    const auto name = document_.node(index).name;
    if (parent_type == "Address") return name != "state" && name != "country" && name != "use";
    if (typed.type == "Extension") return is_one_of(document_.element(index).text("url"), kTellingExtensions);
    return parent_type == "Location" && name == "position";
}

/// A birth date, or a bound of a period of birth.
bool Deidentifier::Walk::is_birth(fhir::NodeIndex index) const {
    const auto& node = document_.node(index);
    return node.name == "birthDate" || node.name == "bornDate" || document_.node(node.parent).name == "bornPeriod";
}

/// Ninety years and more are one age; a great number of a unit that nobody knows goes. A quantity of years may be an age, of other units
/// only an Age is.
bool Deidentifier::Walk::cap_age(fhir::NodeIndex index, std::string_view parent_type) {
    const auto code = document_.element(document_.node(index).parent).text("code");
    const auto value = std::strtod(std::string(document_.node(index).value).c_str(), nullptr);
    if (parent_type != "Age" && code != "a") return true;
    const auto* unit = std::find_if(std::begin(kAgeUnits), std::end(kAgeUnits), [&](const auto& one) { return one.first == code; });
    if (unit == std::end(kAgeUnits)) return value <= kOldestAge;
    const auto most = kOldestAge * unit->second;
    if (value > most) document_.set_value(index, fhir::ValueKind::number, document_.copy(std::to_string(most)));
    return true;
}

/// A short unit without a code is all that tells what a number means; the province is a large area.
bool Deidentifier::Walk::text(fhir::NodeIndex index, std::string_view name, std::string_view parent_type) {
    const auto parent = document_.element(document_.node(index).parent);
    const auto value = document_.element(index).value();
    if (name == "unit") return value.size() <= kUnitBytesMax && parent.text("code").empty();
    if (parent_type == "Address") return name == "state" || name == "country";
    if (parent_type == "Identifier" && name == "value") {
        set(index, owner_.token("identifier", std::string(parent.text("system")) + '|' + std::string(value)));
        return true;
    }
    if (parent_type == "Reference" && name == "reference") return reference(index);
    return false;
}

/// Systems and names of extensions say what a value is; other addresses may lead to a person.
bool Deidentifier::Walk::is_kept_address(std::string_view name, std::string_view parent_type) {
    if (parent_type == "Reference" && name == "type") return true;
    if (parent_type == "Meta") return name == "profile";
    const bool has_system = parent_type == "Coding" || parent_type == "Identifier" || parent_type == "Quantity" || parent_type == "Age" ||
                            parent_type == "Duration" || parent_type == "Money";
    return (name == "system" && has_system) || (name == "url" && parent_type == "Extension");
}

/// "Patient/12", also behind a base or with a version, and "#x"; criteria and other forms go.
bool Deidentifier::Walk::reference(fhir::NodeIndex index) {
    std::string_view target = document_.element(index).value();
    if (target.starts_with('#')) {
        set(index, '#' + owner_.token("id", target));
        return true;
    }
    if (target.starts_with("urn:")) {
        set(index, "urn:" + owner_.token("id", target));
        return true;
    }
    target = target.substr(0, target.find("/_history/"));
    const auto slash = target.rfind('/');
    if (slash == target.npos || target.find('?') != target.npos) return false;
    const auto before = target.rfind('/', slash - 1);
    const auto type = target.substr(before == target.npos ? 0 : before + 1, slash - (before == target.npos ? 0 : before + 1));
    if (!owner_.definitions_.is_resource_type(type)) return false;
    set(index, std::string(type) + '/' + owner_.token("id", std::string(type) + '/' + std::string(target.substr(slash + 1))));
    return true;
}

std::string Deidentifier::Walk::birth_year(std::string_view text) const {
    const auto date = read_date_time(moved(text, days_));
    return date ? std::to_string(std::max(date->year, owner_.year_ - kOldestAge)) : std::string();
}

Deidentifier::Deidentifier(std::string key, const fhir::Definitions& definitions, Instant now)
    : key_(std::move(key)), definitions_(definitions), year_(date_time_of(now, 0).year) {}

bool Deidentifier::is_given_out(std::string_view type) { return !is_one_of(type, kNotGivenOut); }

std::string Deidentifier::token(std::string_view kind, std::string_view text) const {
    return hex_text(hmac_sha256(key_, std::string(kind) + '\n' + std::string(text))).substr(0, kTokenHex);
}

int Deidentifier::days_of(const std::string& person) const {
    const auto digest = hmac_sha256(key_, "days\n" + person);
    const unsigned number = (digest[0] << 16U) | (digest[1] << 8U) | digest[2];
    const int days = static_cast<int>(number % kDaysRange) - kDaysRange / 2;
    return days == 0 ? kDaysRange / 2 + 1 : days; // everybody's dates move
}

std::string Deidentifier::copy_of(const std::string& body, const std::string& person) const {
    const auto parsed = fhir::read_json(body);
    auto& document = *parsed.value;
    const auto root = document.root();
    const auto whose = person.empty() ? std::string(root.type()) + '/' + std::string(root.text("id")) : person;
    Walk(*this, document, days_of(whose)).resource(root.index());
    const auto meta = root.child("meta");
    const auto meta_index = meta ? meta.index() : document.add_child(root.index(), "meta", false);
    const auto label = document.add_child(meta_index, "security", true);
    document.set_value(document.add_child(label, "system", false), fhir::ValueKind::text,
                       "http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
    document.set_value(document.add_child(label, "code", false), fhir::ValueKind::text, "PSEUDED");
    return fhir::write_json(root);
}

Result<std::string> read_or_make_secret(const std::string& file) {
    const auto failed = [&] { return Outcome(error(IssueCode::exception, "", "deidentify-key", {file})); };
    if (!std::filesystem::exists(file) && !create_private(file, encode_base64(random_key()) + '\n')) return failed();
    std::ifstream in(file, std::ios::binary);
    auto key = decode_base64(std::string(std::istreambuf_iterator<char>(in), {}));
    if (!key || key->size() != Cipher::kKeyBytes) return failed();
    return std::move(*key);
}

} // namespace huitong::access
