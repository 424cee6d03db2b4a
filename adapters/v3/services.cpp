#include "adapters/v3/services.hpp"

#include <algorithm>

namespace huitong::adapters::v3 {
namespace {

constexpr std::string_view kAcknowledgement = "MCCI_IN000002UV01";
constexpr bool kOfNobody = false; ///< Service::is_of_patient

constexpr Service kServices[] = {
    {"PatientInfoRegister", "PRPA_IN201311UV02", Role::take, kAcknowledgement, ""},
    {"PatientInfoUpdate", "PRPA_IN201314UV02", Role::take, kAcknowledgement, ""},
    {"PatientInfoMerge", "PRPA_IN201304UV02", Role::take, kAcknowledgement, ""},
    {"PatientInfoQuery", "PRPA_IN201305UV02", Role::ask, "PRPA_IN201306UV02", "find-persons"},
    {"OrganizationInfoRegister", "PRPM_IN401030UV01", Role::take, kAcknowledgement, "", kOfNobody},
    {"OrganizationInfoUpdate", "PRPM_IN403010UV01", Role::take, kAcknowledgement, "", kOfNobody},
    {"OrganizationInfoQuery", "PRPM_IN406010UV01", Role::ask, "PRPM_IN406110UV01", "find-institutions"},
    {"ProviderInfoRegister", "PRPM_IN301010UV01", Role::take, kAcknowledgement, "", kOfNobody},
    {"ProviderInfoUpdate", "PRPM_IN303010UV01", Role::take, kAcknowledgement, "", kOfNobody},
    {"ProviderInfoQuery", "PRPM_IN306010UV01", Role::ask, "PRPM_IN306011UV01", "find-practitioners"},
    {"TerminologyRegister", "PRVS_IN000001UV01", Role::take, kAcknowledgement, "", kOfNobody},
    {"TerminologyUpdate", "PRVS_IN000002UV01", Role::take, kAcknowledgement, "", kOfNobody},
    {"TerminologyQuery", "PRVS_IN000003UV01", Role::ask, "PRVS_IN000004UV01", "find-codes"},
    {"DocumentRegister", "RCMR_IN000002UV02", Role::take, kAcknowledgement, ""},
    {"DocumentAccess", "RCMR_IN000029UV01", Role::ask, "RCMR_IN000030UV01", "find-documents"},
    {"DocumentRetrieve", "RCMR_IN000031UV01", Role::ask, "RCMR_IN000032UV01", "find-documents"},
    {"EncounterCardInfoAdd", "PRPA_IN201311UV02", Role::take, kAcknowledgement, ""},
    {"EncounterCardInfoUpdate", "PRPA_IN201314UV02", Role::take, kAcknowledgement, ""},
    {"EncounterCardInfoQuery", "PRPA_IN201305UV02", Role::ask, "PRPA_IN201306UV02", "find-persons"},
    {"OutPatientInfoAdd", "PRPA_IN400001UV", Role::take, kAcknowledgement, ""},
    {"OutPatientInfoUpdate", "PRPA_IN400002UV", Role::take, kAcknowledgement, ""},
    {"OutPatientInfoQuery", "PRPA_IN900300UV", Role::ask, "PRPA_IN900350UV02", "find-visits"},
    {"InPatientInfoAdd", "PRPA_IN400001UV", Role::take, kAcknowledgement, ""},
    {"InPatientInfoUpdate", "PRPA_IN400002UV", Role::take, kAcknowledgement, ""},
    {"InPatientInfoQuery", "PRPA_IN900300UV", Role::ask, "PRPA_IN900350UV02", "find-visits"},
    {"TransferInfoAdd", "PRPA_IN302011UV", Role::take, kAcknowledgement, ""},
    {"TransferInfoUpdate", "PRPA_IN302012UV", Role::take, kAcknowledgement, ""},
    {"TransferInfoQuery", "PRPA_IN900300UV", Role::ask, "PRPA_IN900350UV02", "find-transfers"},
    {"DischargeInfoAdd", "PRPA_IN400001UV", Role::take, kAcknowledgement, ""},
    {"DischargeInfoUpdate", "PRPA_IN400002UV", Role::take, kAcknowledgement, ""},
    {"DischargeInfoQuery", "PRPA_IN900300UV", Role::ask, "PRPA_IN900350UV02", "find-visits"},
    {"OrderInfoAdd", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"OrderInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"OrderInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-prescriptions"},
    {"ExamAppInfoAdd", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"ExamAppInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"ExamAppInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-orders"},
    {"CheckAppInfoAdd", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"CheckAppInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"CheckAppInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-orders"},
    {"PathologyAppInfoAdd", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"PathologyAppInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"PathologyAppInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-orders"},
    {"BloodTransAppInfoAdd", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"BloodTransAppInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"BloodTransAppInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-orders"},
    {"OperationAppInfoAdd", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"OperationAppInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"OperationAppInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-orders"},
    {"SourceAndScheduleInfoAdd", "PRSC_IN030101UV", Role::take, kAcknowledgement, "", kOfNobody},
    {"SourceAndScheduleInfoUpdate", "PRSC_IN030102UV", Role::take, kAcknowledgement, "", kOfNobody},
    {"SourceAndScheduleInfoQuery", "PRSC_IN100000UV", Role::ask, "PRSC_IN110000UV", "find-schedules"},
    {"OutPatientAppointStatusInfoAdd", "PRPA_IN410001UV", Role::take, kAcknowledgement, ""},
    {"OutPatientAppointStatusInfoUpdate", "PRPA_IN410002UV", Role::take, kAcknowledgement, ""},
    {"OutPatientAppointStatusInfoQuery", "PRPA_IN900300UV", Role::ask, "PRPA_IN900350UV02", "find-appointments"},
    {"CheckAppointStatusInfoAdd", "PRSC_IN010101UV01", Role::take, kAcknowledgement, ""},
    {"CheckAppointStatusInfoUpdate", "PRSC_IN010201UV01", Role::take, kAcknowledgement, ""},
    {"CheckAppointStatusInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-appointments"},
    {"OrderFillerStatusInfoUpdate", "POOR_IN200901UV", Role::take, kAcknowledgement, ""},
    {"OrderFillerStatusInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-status"},
    {"CheckStatusInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"CheckStatusInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-status"},
    {"ExamStatusInfoUpdate", "POLB_IN224000UV01", Role::take, kAcknowledgement, ""},
    {"ExamStatusInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-status"},
    {"OperationScheduleInfoAdd", "PRSC_IN010101UV01", Role::take, kAcknowledgement, ""},
    {"OperationScheduleInfoUpdate", "PRSC_IN010201UV01", Role::take, kAcknowledgement, ""},
    {"OperationScheduleInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-appointments"},
    {"OperationStatusInfoUpdate", "POOR_IN200902UV", Role::take, kAcknowledgement, ""},
    {"OperationStatusInfoQuery", "QUMT_IN020030UV01", Role::ask, "QUMT_IN020031UV01", "find-status"},
};
static_assert(std::size(kServices) == 69);

} // namespace

std::span<const Service> services() { return kServices; }

const Service* find_service(std::string_view name) {
    const auto* found = std::find_if(std::begin(kServices), std::end(kServices), [&](const Service& one) { return one.name == name; });
    return found == std::end(kServices) ? nullptr : found;
}

const Service* service_of_interaction(std::string_view interaction) {
    const Service* out = nullptr;
    for (const auto& one : kServices) {
        if (one.interaction != interaction) continue;
        if (out) return nullptr;
        out = &one;
    }
    return out;
}

} // namespace huitong::adapters::v3
