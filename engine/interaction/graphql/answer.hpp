/// The answer of a GraphQL query while it grows: fields in the order asked for, each with the values it got.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace huitong::interaction::graphql {

class Object;

struct Field {
    std::string name;
    bool is_list = false;
    std::vector<std::string> scalars;             ///< JSON texts
    std::vector<std::unique_ptr<Object>> objects; ///< a field has either
};

class Object {
public:
    /// The field of that name, made when it is new. A field asked for twice gathers the values of both.
    Field& field(const std::string& name, bool is_list);
    void write(std::string& out) const;

private:
    std::vector<std::unique_ptr<Field>> fields_;
};

} // namespace huitong::interaction::graphql
