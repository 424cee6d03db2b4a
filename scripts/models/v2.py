"""The v2 source model as data: message groups, segments with their fields, data types with their components.

Names and types follow HL7 v2.5.1 (chapters 2, 3, 4, 7) with the fields that later versions appended; only what the maps may read is listed.
A field is `name:TYPE`, a star means that it repeats; `-` stands for a withdrawn field. The order is the position.
"""

# What a message holds besides its segments: group name, parent, repeats, its segments (adapters/hl7v2/structure.hpp).
GROUPS = (
    ("PATIENT_RESULT", "", True, "PID PD1 PRT* NK1* NTE* PV1 PV2 ROL* IN3*"),
    ("ORDER_OBSERVATION", "PATIENT_RESULT", True, "ORC OBR NTE* PRT* TQ1* TQ2* CTD FT1* CTI* SPM*"),
    ("OBSERVATION", "ORDER_OBSERVATION", True, "OBX PRT* NTE*"),
    ("PATIENT", "", True, "PID PD1 MRG* PRT* NK1* NTE* PV1 PV2 ROL* IN1* IN3* GT1 AL1*"),
    ("ORDER", "", True, "ORC OBR RXO RXE RXD RXA RXR* RXC* PRT* NTE* TQ1* TQ2* CTD DG1* FT1* CTI* BLG SPM*"),
    ("OBSERVATION", "ORDER", True, "OBX PRT* NTE*"),
    ("ADMINISTRATION", "ORDER", True, "RXA RXR* NTE*"),
    ("QUERY_RESPONSE", "", True, "PID PD1 NK1*"),
)
# Segments that stand directly in a message; a message type without groups is flat, so all may.
FLAT = ("MSH MSA SFT* EVN PID PD1 PRT* NK1* PV1 PV2 MRG* NTE* ORC* OBR* OBX* SPM* DG1* AL1* IAM* PR1* ROL* GT1* IN1* IN3* DSC TXA SCH RGS* AIS* AIG* AIL* AIP* FT1* "
        "RXO* RXD* RXA* RXR*")

SEGMENTS = {
    "MSH": "field separator:ST; encoding characters:ST; sending application:HD; sending facility:HD; receiving application:HD;"
           "receiving facility:HD; date and time of message:TS; security:ST; message type:MSG; message control id:ST; processing id:PT;"
           "version id:VID; sequence number:NM; continuation pointer:ST; accept acknowledgment type:ID; application acknowledgment type:ID;"
           "country code:ID; character set:ID*; principal language:CWE; alternate character set handling:ID; message profile:EI*;"
           "sending organization:XON; receiving organization:XON; sending network address:HD; receiving network address:HD",
    "MSA": "acknowledgment code:ID; message control id:ST",
    "SFT": "software vendor organization:XON; software certified version or release number:ST; software product name:ST; software binary id:ST;"
           "software product information:TX; software install date:TS",
    "PRT": "participation instance id:EI; action code:ID; action reason:CWE; role of participation:CWE; person:XCN*; person's provider type:CWE;"
           "organization unit type:CWE; organization:XON*; location:PL*; device:EI*; begin:TS; end:TS; qualitative duration:CWE; address:XAD*;"
           "telecommunication address:XTN*; UDI device identifier:EI; device manufacture date:TS; device expiry date:TS; device lot number:ST;"
           "device serial number:ST; device donation identification:EI; device type:CWE; preferred method of contact:CWE;"
           "contact identifiers:PLN*",
    "EVN": "event type code:ID; recorded date and time:TS; date and time planned:TS; event reason code:IS; operator id:XCN*;"
           "event occurred:TS; event facility:HD",
    "PID": "set id:SI; patient id:CX; patient identifier list:CX*; alternate patient id:CX*; patient name:XPN*; mother's maiden name:XPN*;"
           "date and time of birth:TS; administrative sex:CWE; patient alias:XPN*; race:CWE*; patient address:XAD*; county code:IS;"
           "phone number home:XTN*; phone number business:XTN*; primary language:CWE; marital status:CWE; religion:CWE;"
           "patient account number:CX; SSN number (here: citizen number):CX; driver's license number:DLN; mother's identifier:CX*;"
           "ethnic group:CWE*; birth place:ST; multiple birth indicator:ID; birth order:NM; citizenship:CWE*; veterans military status:CWE;"
           "nationality:CWE; patient death date and time:TS; patient death indicator:ID; identity unknown indicator:ID;"
           "identity reliability code:IS*; last update:TS; last update facility:HD; species code:CWE; breed code:CWE; strain:ST;"
           "production class code:CWE; tribal citizenship:CWE*; patient telecommunication information:XTN*",
    "PD1": "living dependency:CWE*; living arrangement:CWE; primary facility:XON*; primary care provider:XCN*; student indicator:CWE;"
           "handicap:CWE; living will code:CWE; organ donor code:CWE; separate bill:ID; duplicate patient:CX*; publicity code:CWE;"
           "protection indicator:ID; protection indicator effective date:TS;"
           "place of worship:XON*",
    "NK1": "set id:SI; name:XPN*; relationship:CWE; address:XAD*; phone number:XTN*; business phone number:XTN*; contact role:CWE;"
           "start date:TS; end date:TS; job title:ST; job code:JCC; employee number:CX; organization name:XON*; marital status:CWE;"
           "administrative sex:CWE; date and time of birth:TS;"
           "living dependency:CWE*; ambulatory status:CWE*; citizenship:CWE*; primary language:CWE; living arrangement:CWE; publicity code:CWE;"
           "protection indicator:ID; student indicator:CWE; religion:CWE; mother's maiden name:XPN*; nationality:CWE; ethnic group:CWE*;"
           "contact reason:CWE*; contact person's name:XPN*; contact person's phone number:XTN*; contact person's address:XAD*;"
           "identifiers:CX*; job status:CWE; race:CWE*; handicap:CWE; contact person's social security number:ST; birth place:ST; VIP indicator:CWE;"
           "telecommunication:XTN*; contact person's telecommunication:XTN*",
    "PV1": "set id:SI; patient class:CWE; assigned patient location:PL; admission type:CWE; preadmit number:CX; prior patient location:PL;"
           "attending doctor:XCN*; referring doctor:XCN*; consulting doctor:XCN*; hospital service:CWE; temporary location:PL;"
           "preadmit test indicator:CWE; readmission indicator:CWE; admit source:CWE; ambulatory status:CWE*; VIP indicator:CWE;"
           "admitting doctor:XCN*; patient type:CWE; visit number:CX; financial class:FC*; charge price indicator:CWE; courtesy code:CWE;"
           "credit rating:CWE; contract code:CWE*; contract effective date:TS*; contract amount:NM*; contract period:NM*; interest code:CWE;"
           "transfer to bad debt code:CWE; transfer to bad debt date:TS; bad debt agency code:CWE; bad debt transfer amount:NM;"
           "bad debt recovery amount:NM; delete account indicator:CWE; delete account date:TS; discharge disposition:CWE;"
           "discharged to location:DLD; diet type:CWE; servicing facility:CWE; bed status:CWE; account status:CWE; pending location:PL;"
           "prior temporary location:PL; admit date and time:TS; discharge date and time:TS*; current patient balance:NM;"
           "total charges:NM; total adjustments:NM; total payments:NM; alternate visit id:CX*; visit indicator:CWE;"
           "other healthcare provider:XCN*; service episode description:ST; service episode identifier:CX",
    "PV2": "prior pending location:PL; accommodation code:CWE; admit reason:CWE; transfer reason:CWE; patient valuables:ST*;"
           "patient valuables location:ST; visit user code:CWE*; expected admit date and time:TS; expected discharge date and time:TS;"
           "estimated length of stay:NM; actual length of stay:NM; visit description:ST; referral source:XCN*; previous service date:DT;"
           "employment illness indicator:ID; purge status:CWE; purge status date:DT; special program:CWE; retention indicator:ID;"
           "expected number of insurance plans:NM; visit publicity:CWE; visit protection indicator:ID; clinic organization name:XON*;"
           "patient status:CWE; visit priority:CWE; previous treatment date:DT; expected discharge disposition:CWE;"
           "signature on file date:DT; first similar illness date:DT; patient charge adjustment:CWE; recurring service:CWE;"
           "billing media code:ID; expected surgery date and time:TS; military partnership:ID; military non-availability:ID;"
           "newborn baby indicator:ID; baby detained indicator:ID; mode of arrival:CWE; recreational drug use:CWE*; admission level of care:CWE",
    "MRG": "prior patient identifier list:CX*; prior alternate patient id:CX*; prior patient account number:CX; prior patient id:CX;"
           "prior visit number:CX; prior alternate visit id:CX*; prior patient name:XPN*",
    "NTE": "set id:SI; source of comment:ID; comment:FT*; comment type:CWE; entered by:XCN; entered date and time:TS; effective start date:TS;"
           "expiration date:TS; coded comment:CWE*",
    "ORC": "order control:ID; placer order number:EI; filler order number:EI; placer group number:EI; order status:ID; response flag:ID;"
           "quantity and timing:TQ*; parent order:EIP; date and time of transaction:TS; entered by:XCN*; verified by:XCN*;"
           "ordering provider:XCN*; enterer's location:PL; call back phone number:XTN*; order effective date and time:TS;"
           "order control code reason:CWE; entering organization:CWE; entering device:CWE; action by:XCN*;"
           "advanced beneficiary notice code:CWE; ordering facility name:XON*; ordering facility address:XAD*;"
           "ordering facility phone number:XTN*; ordering provider address:XAD*; order status modifier:CWE;"
           "advanced beneficiary notice override reason:CWE; filler's expected availability:TS; confidentiality code:CWE; order type:CWE;"
           "enterer authorization mode:CWE; parent universal service identifier:CWE; advanced beneficiary notice date:DT;"
           "alternate placer order number:CX*; order workflow profile:CWE*; action code:ID; order status date range:DR; order creation:TS;"
           "filler order group number:EI",
    "OBR": "set id:SI; placer order number:EI; filler order number:EI; universal service identifier:CWE; priority:ID;"
           "requested date and time:TS; observation date and time:TS; observation end date and time:TS; collection volume:CQ;"
           "collector identifier:XCN*; specimen action code:ID; danger code:CWE; relevant clinical information:CWE*;"
           "specimen received date and time:TS; specimen source:SPS; ordering provider:XCN*; order call-back phone number:XTN*;"
           "placer field 1:ST; placer field 2:ST; filler field 1:ST; filler field 2:ST; results report or status change:TS;"
           "charge to practice:MOC; diagnostic service section id:ID; result status:ID; parent result:PRL; quantity and timing:TQ*;"
           "result copies to:XCN*; parent:EIP; transportation mode:ID; reason for study:CWE*; principal result interpreter:NDL;"
           "assistant result interpreter:NDL*; technician:NDL*; transcriptionist:NDL*; scheduled date and time:TS;"
           "number of sample containers:NM; transport logistics:CWE*; collector's comment:CWE*; transport arrangement responsibility:CWE;"
           "transport arranged:ID; escort required:ID; planned patient transport comment:CWE*; procedure code:CWE;"
           "procedure code modifier:CWE*;"
           "placer supplemental service information:CWE*; filler supplemental service information:CWE*; duplicate procedure reason:CWE;"
           "result handling:CWE; parent universal service identifier:CWE; observation group id:EI; parent observation group id:EI;"
           "alternate placer order number:CX*; parent order:EIP*",
    "OBX": "set id:SI; value type:ID; observation identifier:CWE; observation sub-id:ST; observation value:VARIES*; units:CWE;"
           "references range:ST; abnormal flags:CWE*; probability:NM; nature of abnormal test:ID*; observation result status:ID;"
           "effective date of reference range:TS; user defined access checks:ST; date and time of the observation:TS; producer's id:CWE;"
           "responsible observer:XCN*; observation method:CWE*; equipment instance identifier:EI*; date and time of the analysis:TS;"
           "observation site:CWE*; observation instance identifier:EI; mood code:CWE; performing organization name:XON;"
           "performing organization address:XAD; performing organization medical director:XCN;"
           "patient results release category:ID; root cause:CWE; local process control:CWE*; observation type:ID; observation sub-type:ID;"
           "action code:ID; observation value absent reason:CWE*; observation related specimen:EIP*",
    "SPM": "set id:SI; specimen id:EIP; specimen parent ids:EIP*; specimen type:CWE; specimen type modifier:CWE*; specimen additives:CWE*;"
           "specimen collection method:CWE; specimen source site:CWE; specimen source site modifier:CWE*; specimen collection site:CWE;"
           "specimen role:CWE*; specimen collection amount:CQ; grouped specimen count:NM; specimen description:ST*;"
           "specimen handling code:CWE*; specimen risk code:CWE*; specimen collection date and time:DR; specimen received:TS;"
           "specimen expiration:TS; specimen availability:ID; specimen reject reason:CWE*; specimen quality:CWE;"
           "specimen appropriateness:CWE; specimen condition:CWE*; specimen current quantity:CQ; number of specimen containers:NM;"
           "container type:CWE; container condition:CWE; specimen child role:CWE; accession id:CX*; other specimen id:CX*; shipment id:EI",
    "DG1": "set id:SI; diagnosis coding method:ID; diagnosis code:CWE; diagnosis description:ST; diagnosis date and time:TS;"
           "diagnosis type:CWE; major diagnostic category:CWE; diagnostic related group:CWE; DRG approval indicator:ID;"
           "DRG grouper review code:CWE; outlier type:CWE; outlier days:NM; outlier cost:CP; grouper version and type:ST;"
           "diagnosis priority:NM; diagnosing clinician:XCN*; diagnosis classification:CWE; confidential indicator:ID; attestation:TS;"
           "diagnosis identifier:EI; diagnosis action code:ID; parent diagnosis:EI; DRG CCL value:CWE; DRG grouping usage:ID;"
           "DRG diagnosis determination status:CWE; present on admission:CWE",
    "AL1": "set id:SI; allergen type code:CWE; allergen code:CWE; allergy severity code:CWE; allergy reaction code:ST*;"
           "identification date:TS",
    "IAM": "set id:SI; allergen type code:CWE; allergen code:CWE; allergy severity code:CWE; allergy reaction code:ST*; allergy action code:CWE;"
           "allergy unique identifier:EI; action reason:ST; sensitivity to causative agent:CWE; allergen group:CWE; onset date:DT;"
           "onset date text:ST; reported:TS; reported by:XPN; relationship to patient:CWE; alert device code:CWE; allergy clinical status:CWE;"
           "statused by person:XCN; statused by organization:XON; statused at:TS; inactivated by person:XCN; inactivated:TS;"
           "initially recorded by person:XCN; initially recorded:TS; modified by person:XCN; modified:TS; clinician identified code:CWE",
    "ROL": "role instance id:EI; action code:ID; role:CWE; role person:XCN*; role begin:TS; role end:TS; role duration:CWE;"
           "role action reason:CWE; provider type:CWE*; organization unit type:CWE; office or home address:XAD*; phone:XTN*;"
           "person's location:PL; organization:XON",
    "PR1": "set id:SI; procedure coding method:IS; procedure code:CWE; procedure description:ST; procedure date and time:TS;"
           "procedure functional type:IS; procedure minutes:NM; anesthesiologist:XCN*; anesthesia code:IS; anesthesia minutes:NM;"
           "surgeon:XCN*; procedure practitioner:XCN*; consent code:CWE; procedure priority:ID; associated diagnosis code:CWE;"
           "procedure code modifier:CWE*; procedure DRG type:CWE; tissue type:CWE*; procedure identifier:EI; procedure action code:ID;"
           "DRG procedure determination status:CWE; DRG procedure relevance:CWE; treating organizational unit:PL*; respiratory within surgery:ID;"
           "parent procedure id:EI",
    "IN1": "set id:SI; insurance plan id:CWE; insurance company id:CX*; insurance company name:XON*; insurance company address:XAD*;"
           "insurance company contact:XPN*; insurance company phone number:XTN*; group number:ST; group name:XON*; group employer id:CX*;"
           "group employer name:XON*; plan effective date:DT; plan expiration date:DT; authorization information:ST; plan type:IS;"
           "name of insured:XPN*; insured's relationship to patient:CWE; insured's date of birth:TS; insured's address:XAD*;"
           "assignment of benefits:IS; coordination of benefits:IS; coordination of benefits priority:ST; notice of admission flag:ID;"
           "notice of admission date:DT; report of eligibility flag:ID; report of eligibility date:DT; release information code:IS;"
           "pre-admit certificate:ST; verification date and time:TS; verification by:XCN*; type of agreement code:IS; billing status:IS;"
           "lifetime reserve days:NM; delay before lifetime reserve day:NM; company plan code:IS; policy number:ST;"
           "policy deductible:CP; policy limit amount:CP; policy limit days:NM; room rate semi-private:CP; room rate private:CP;"
           "insured's employment status:CWE; insured's administrative sex:CWE; insured's employer's address:XAD*; verification status:ST;"
           "prior insurance plan id:CWE; coverage type:CWE; handicap:CWE; insured's id number:CX*",
    "IN3": "set id:SI; certification number:CX; certified by:XCN*; certification required:ID; penalty:CP; certified at:TS; modified at:TS;"
           "operator:XCN*; begin:DT; end:DT; days:CWE; non-concur code:CWE; non-concur effective:TS; physician reviewer:XCN*; contact:ST;"
           "contact phone number:XTN*; appeal reason:CWE; agency:CWE; agency phone number:XTN*; pre-certification requirement:CWE; case manager:ST",
    "FT1": "set id:SI; transaction id:ST; transaction batch id:ST; transaction date:DR; transaction posting date:TS; transaction type:IS;"
           "transaction code:CWE; transaction description:ST; transaction description alternate:ST; transaction quantity:NM;"
           "transaction amount extended:CP; transaction amount unit:CP; department code:CWE; insurance plan id:CWE; insurance amount:CP;"
           "assigned patient location:PL; fee schedule:IS; patient type:IS; diagnosis code:CWE*; performed by code:XCN*;"
           "ordered by code:XCN*; unit cost:CP; filler order number:EI; entered by code:XCN*; procedure code:CWE; procedure code modifier:CWE*",
    "RXO": "requested give code:CWE; requested give amount minimum:NM; requested give amount maximum:NM; requested give units:CWE;"
           "requested dosage form:CWE; provider's pharmacy instructions:CWE*; provider's administration instructions:CWE*;"
           "deliver-to location:PL; allow substitutions:ID; requested dispense code:CWE; requested dispense amount:NM;"
           "requested dispense units:CWE; number of refills:NM;"
           "ordering provider's DEA number:XCN*; pharmacist's verifier id:XCN*; needs human review:ID; requested give per time unit:ST;"
           "requested give strength:NM; requested give strength units:CWE; indication:CWE*; requested give rate amount:ST;"
           "requested give rate units:CWE; total daily dose:CQ; supplementary code:CWE*; requested drug strength volume:NM;"
           "requested drug strength volume units:CWE",
    "RXE": "quantity and timing:TQ; give code:CWE; give amount minimum:NM; give amount maximum:NM; give units:CWE; give dosage form:CWE;"
           "provider's administration instructions:CWE*; deliver-to location:PL; substitution status:ID; dispense amount:NM; dispense units:CWE;"
           "number of refills:NM; ordering provider's DEA number:XCN*; pharmacist's verifier id:XCN*; prescription number:ST;"
           "number of refills remaining:NM; number of refills dispensed:NM; time of most recent refill:TS; total daily dose:CQ;"
           "needs human review:ID; special dispensing instructions:CWE*; give per time unit:ST; give rate amount:ST; give rate units:CWE;"
           "give strength:NM; give strength units:CWE; give indication:CWE*",
    "RXD": "dispense sub-id counter:NM; dispense code:CWE; date and time dispensed:TS; actual dispense amount:NM;"
           "actual dispense units:CWE; actual dosage form:CWE; prescription number:ST; number of refills remaining:NM; dispense notes:ST*;"
           "dispensing provider:XCN*",
    "RXA": "give sub-id counter:NM; administration sub-id counter:NM; start of administration:TS; end of administration:TS;"
           "administered code:CWE; administered amount:NM; administered units:CWE; administered dosage form:CWE;"
           "administration notes:CWE*; administering provider:XCN*; administered-at location:PL; administered per time unit:ST;"
           "administered strength:NM; administered strength units:CWE; substance lot number:ST*; substance expiration date:TS*;"
           "substance manufacturer name:CWE*; substance refusal reason:CWE*; indication:CWE*; completion status:ID; action code:ID;"
           "system entry date and time:TS; administered drug strength volume:NM; administered drug strength volume units:CWE;"
           "administered barcode identifier:CWE; pharmacy order type:ID; administer-at:PL; administered-at address:XAD",
    "RXR": "route:CWE; administration site:CWE; administration device:CWE; administration method:CWE; routing instruction:CWE",
    "RXC": "component type:ID; component code:CWE; component amount:NM; component units:CWE; component strength:NM;"
           "component strength units:CWE",
    "TXA": "set id:SI; document type:CWE; document content presentation:ID; activity date and time:TS; primary activity provider:XCN*;"
           "origination date and time:TS; transcription date and time:TS; edit date and time:TS*; originator:XCN*;"
           "assigned document authenticator:XCN*; transcriptionist:XCN*; unique document number:EI; parent document number:EI;"
           "placer order number:EI*; filler order number:EI; unique document file name:ST; document completion status:ID;"
           "document confidentiality status:ID; document availability status:ID; document storage status:ID; document change reason:ST;"
           "authentication person and time:XCN*; distributed copies:XCN*; folder assignment:CWE*; document title:ST*",
    "SCH": "placer appointment id:EI; filler appointment id:EI; occurrence number:NM; placer group number:EI; schedule id:CWE;"
           "event reason:CWE; appointment reason:CWE; appointment type:CWE; appointment duration:NM; appointment duration units:CWE;"
           "appointment timing:TQ*; placer contact person:XCN*; placer contact phone number:XTN; placer contact address:XAD*;"
           "placer contact location:PL; filler contact person:XCN*; filler contact phone number:XTN; filler contact address:XAD*;"
           "filler contact location:PL; entered by person:XCN*; entered by phone number:XTN*; entered by location:PL;"
           "parent placer appointment id:EI; parent filler appointment id:EI; filler status code:CWE; placer order number:EI*;"
           "filler order number:EI*",
    "AIS": "set id:SI; segment action code:ID; universal service identifier:CWE; start date and time:TS; start offset:NM;"
           "start offset units:CWE; duration:NM; duration units:CWE; allow substitution code:IS; filler status code:CWE",
    "AIG": "set id:SI; segment action code:ID; resource id:CWE; resource type:CWE; resource group:CWE; resource quantity:NM; resource quantity units:CWE; start date and time:TS; start offset:NM;"
           "start offset units:CWE; duration:NM; duration units:CWE; allow substitution code:CWE; filler status code:CWE",
    "AIL": "set id:SI; segment action code:ID; location resource id:PL*; location type:CWE; resource group:CWE; start date and time:TS; start offset:NM;"
           "start offset units:CWE; duration:NM; duration units:CWE; allow substitution code:CWE; filler status code:CWE",
    "AIP": "set id:SI; segment action code:ID; personnel resource id:XCN*; resource type:CWE; resource group:CWE; start date and time:TS; start offset:NM;"
           "start offset units:CWE; duration:NM; duration units:CWE; allow substitution code:CWE; filler status code:CWE",
    "TQ1": "set id:SI; quantity:CQ; repeat pattern:RPT*; explicit time:TM*; relative time and units:CQ*; service duration:CQ;"
           "start date and time:TS; end date and time:TS; priority:CWE*; condition text:ST; text instruction:ST; conjunction:ID;"
           "occurrence duration:CQ; total occurrences:NM",
}
# Segments that may stand in a message but that no map reads: their fields are not listed.
OPEN_SEGMENTS = "GT1 DSC TQ2 CTD CTI BLG RGS"

# Components; `/n` behind a name: that component has n sub-components.
TYPES = {
    "CX": "id/1; check digit; check digit scheme; assigning authority/3; identifier type code; assigning facility/3; effective date;"
          "expiration date; assigning jurisdiction/9; assigning agency/9",
    "XPN": "family name/5; given name; second given names; suffix; prefix; degree; name type code; name representation code; name context/6;"
           "name validity range/2; name assembly order; effective date; expiration date; professional suffix; called by",
    "XAD": "street address/3; other designation; city; state or province; zip or postal code; country; address type; other geographic designation;"
           "county; census tract; representation code; validity range/2; effective date; expiration date; expiration reason/9;"
           "temporary indicator; bad address indicator; address usage; addressee",
    "XTN": "telephone number; use code; equipment type; communication address; country code; area code; local number; extension; any text;"
           "extension prefix; speed dial; unformatted number; effective start; expiration; expiration reason/9; protection code/9; shared identifier/4; preference order",
    "CWE": "identifier/6; text; coding system; alternate identifier/2; alternate text; alternate coding system; coding system version;"
           "alternate coding system version; original text; second alternate identifier; second alternate text; second alternate coding system; second alternate coding system version",
    "XCN": "id; family name/5; given name; second given names; suffix; prefix; degree; source table; assigning authority/3; name type code;"
           "check digit; check digit scheme; identifier type code; assigning facility/3; name representation code; name context/6; name validity range/2;"
           "name assembly order; effective date; expiration date; professional suffix",
    "XON": "organization name; name type code; id; check digit; check digit scheme; assigning authority/3; identifier type code;"
           "assigning facility/3; name representation code; organization identifier",
    "EI": "entity identifier; namespace id; universal id; universal id type",
    "EIP": "placer assigned identifier/4; filler assigned identifier/4",
    "HD": "namespace id; universal id; universal id type",
    "PL": "point of care; room; bed; facility/3; status; type; building; floor; description; comprehensive identifier/4; assigning authority/3",
    "TS": "time; degree of precision",
    "DR": "start/2; end/2",
    "MSG": "message code; trigger event; message structure",
    "PT": "processing id; processing mode",
    "VID": "version; internationalization code/6; international version/6",
    "CQ": "quantity; units/6",
    "RPT": "repeat pattern code/9; calendar alignment; phase range begin; phase range end; period quantity; period units; institution specified time;"
           "event; event offset quantity; event offset units",
    "TQ": "quantity/2; interval/2; duration; start/2; end/2; priority; condition; text; conjunction; order sequencing; occurrence duration;"
          "total occurrences",
    "SPS": "specimen source/6; additives/6; collection method; body site/6; site modifier/6; collection method modifier/6; specimen role/6",
    "NDL": "name/11; start/2; end/2; point of care; room; bed; facility/3",
    "PRL": "parent observation identifier/6; parent observation sub-id; parent observation value",
    "MOC": "monetary amount/2; charge code/6",
    "FC": "financial class; effective date/2",
    "DLD": "discharge location; effective date/2",
    "PLN": "id number; type of id number; state or other qualifying information; expiration date",
    "DLN": "license number; issuing authority; expiration date",
    "JCC": "job code; job class; job description",
    "CP": "price/2; price type; from; to; range units/6; range type",
    "VARIES": "first/9; second/9; third/9; fourth/9; fifth/9; sixth/9; seventh/9; eighth/9; ninth/9; tenth/9; eleventh/9; twelfth/9; thirteenth/9",
}
# One component, and its text is the field's text.
PLAIN_TYPES = ("ST", "TX", "FT", "ID", "IS", "SI", "NM", "DT", "TM")
