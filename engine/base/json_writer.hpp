/// Writes JSON text piece by piece, for answers and facts that are no FHIR resource (those come from fhir/json.hpp).
/// Thread: one. The order of the calls is the order of the text; an unbalanced text is a bug of the caller.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace huitong {

class JsonWriter {
public:
    JsonWriter() : writer_(buffer_) {}
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    JsonWriter& object() { return writer_.StartObject(), *this; }
    JsonWriter& array() { return writer_.StartArray(), *this; }
    JsonWriter& end_object() { return writer_.EndObject(), *this; }
    JsonWriter& end_array() { return writer_.EndArray(), *this; }
    JsonWriter& key(std::string_view name) { return writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())), *this; }
    JsonWriter& text(std::string_view value) { return writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size())), *this; }
    JsonWriter& number(std::uint64_t value) { return writer_.Uint64(value), *this; }
    JsonWriter& boolean(bool value) { return writer_.Bool(value), *this; }
    /// One complete JSON value as it is.
    JsonWriter& raw(std::string_view json) { return writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType), *this; }

    JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
    /// Nothing at all when the value is empty.
    JsonWriter& member_if(std::string_view name, std::string_view value) { return value.empty() ? *this : member(name, value); }
    JsonWriter& count(std::string_view name, std::uint64_t value) { return key(name).number(value); }
    JsonWriter& flag(std::string_view name, bool value) { return key(name).boolean(value); }
    template <class Texts>
    JsonWriter& texts(std::string_view name, const Texts& list) {
        array(name);
        for (const auto& one : list) text(one);
        return end_array();
    }
    JsonWriter& object(std::string_view name) { return key(name).object(); }
    JsonWriter& array(std::string_view name) { return key(name).array(); }

    std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_;
};

} // namespace huitong
