#include "interaction/graphql/answer.hpp"

#include "fhir/json.hpp"

namespace huitong::interaction::graphql {

Field& Object::field(const std::string& name, bool is_list) {
    for (auto& field : fields_) {
        if (field->name != name) continue;
        field->is_list = field->is_list || is_list;
        return *field;
    }
    fields_.push_back(std::make_unique<Field>());
    fields_.back()->name = name;
    fields_.back()->is_list = is_list;
    return *fields_.back();
}

void Object::write(std::string& out) const {
    out += '{';
    bool first = true;
    for (const auto& field : fields_) {
        const auto count = field->scalars.size() + field->objects.size();
        if (count == 0) continue; // what is not there is left out
        if (!first) out += ',';
        first = false;
        fhir::write_json_string(field->name, out);
        out += ':';
        const bool is_list = field->is_list || count > 1;
        if (is_list) out += '[';
        bool first_value = true;
        const auto separate = [&] {
            if (!first_value) out += ',';
            first_value = false;
        };
        for (const auto& scalar : field->scalars) {
            separate();
            out += scalar;
        }
        for (const auto& object : field->objects) {
            separate();
            object->write(out);
        }
        if (is_list) out += ']';
    }
    out += '}';
}

} // namespace huitong::interaction::graphql
