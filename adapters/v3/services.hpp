/// The services of a hospital's information platform (互联互通): 69 names, what each is asked with and how it is answered.
/// Source: WS/T 447 and the interaction services of the national interoperability assessment; HL7 V3 interactions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace huitong::adapters::v3 {

/// take: the message goes to the inbox. ask: it is a query, answered from the record.
enum class Role : std::uint8_t { take, ask };

struct Service {
    std::string_view name;        ///< as in `action`: "PatientInfoRegister"
    std::string_view interaction; ///< root of the request; several services share one
    Role role = Role::take;
    std::string_view answer;   ///< root of the answer
    std::string_view query;    ///< of an ask: name of the feeds::Query
    bool is_of_patient = true; ///< of a take: the message is about somebody, whose number it names
};

std::span<const Service> services();
/// By the action's name; nullptr: there is no such service.
const Service* find_service(std::string_view name);
/// By the root of the request, for peers that name no action; nullptr: unknown, or several services share it.
const Service* service_of_interaction(std::string_view interaction);

} // namespace huitong::adapters::v3
