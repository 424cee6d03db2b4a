#include "access/record_words.hpp"

namespace huitong::access {
namespace {

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    if (!texts.empty()) json.texts(name, texts);
}

void write_words(JsonWriter& json, std::string_view name, const std::vector<store::RecordWord>& words) {
    if (words.empty()) return;
    json.array(name);
    for (const auto& word : words) {
        json.object().flag("closes", word.closes);
        write_texts(json, "types", word.types);
        write_texts(json, "resources", word.resources);
        write_texts(json, "labels", word.labels);
        if (!word.tokens.empty()) {
            json.array("tokens");
            for (const auto& token : word.tokens)
                json.object().member("param", token.param).member("system", token.system).member("code", token.code).end_object();
            json.end_array();
        }
        write_words(json, "exceptions", word.exceptions);
        json.end_object();
    }
    json.end_array();
}

std::vector<store::RecordWord> read_words(fhir::Element element, std::string_view name) {
    std::vector<store::RecordWord> out;
    for (const auto row : element.children(name)) {
        store::RecordWord word;
        word.closes = row.text("closes") == "true";
        word.types = fhir::texts_of(row, "types");
        word.resources = fhir::texts_of(row, "resources");
        word.labels = fhir::texts_of(row, "labels");
        for (const auto token : row.children("tokens"))
            word.tokens.push_back({std::string(token.text("param")), std::string(token.text("system")), std::string(token.text("code"))});
        word.exceptions = read_words(row, "exceptions");
        out.push_back(std::move(word));
    }
    return out;
}

} // namespace

void write_record_words(JsonWriter& json, std::string_view name, const store::RecordWords* words) {
    if (!words || words->empty()) return;
    json.array(name);
    for (const auto& [patient, said] : *words) {
        json.object().member("patient", patient);
        write_words(json, "words", said);
        json.end_object();
    }
    json.end_array();
}

std::shared_ptr<const store::RecordWords> read_record_words(fhir::Element object, std::string_view name) {
    if (!object) return nullptr;
    store::RecordWords out;
    for (const auto row : object.children(name)) out[std::string(row.text("patient"))] = read_words(row, "words");
    return out.empty() ? nullptr : std::make_shared<const store::RecordWords>(std::move(out));
}

bool same_words(const std::shared_ptr<const store::RecordWords>& a, const std::shared_ptr<const store::RecordWords>& b) {
    return a == b || (a && b && *a == *b);
}

} // namespace huitong::access
