"""The V3 message model as data, as adapters/v3 places it: attributes and elements alike are children, by local name.

One type serves all acts, roles, participations and entities of the services: what stands where depends on the service, and maps ask.
The notation is that of cda.py.
"""

DATA_TYPES = {
    "V3Id": "root extension item:CdaId*",
    "V3Words": "value",
    "V3Code": "code codeSystem codeSystemName displayName:V3Words originalText:V3Words item:V3Code*",
    "V3Time": "value any:V3Time low:V3Time high:V3Time originalText:V3Words",
    "V3Name": "use value item:V3NameItem* part:V3NamePart*",
    "V3NameItem": "value part:V3NamePart*",
    "V3NamePart": "type value",
    "V3Storage": "originalText:V3Words translation reference:V3Words",
    "V3Quantity": "value unit",
    "V3Span": "validTimeLow validTimeHigh",
}

PARTS = ("registrationRequest registrationEvent subject subject1 patient patientPerson asOtherIDs* scopingOrganization asEmployee employerOrganization contactParty* "
         "personalRelationship* relationshipHolder1 providerOrganization coveredPartyOf coverageRecord beneficiary author assignedEntity assignedPerson "
         "assignedAuthor custodian replacementOf priorRegistration priorRegisteredRole clinicalDocument recordTarget assignedCustodian "
         "representedOrganization organizationContains encounterEvent encounter admitter location serviceDeliveryLocation serviceProviderOrganization "
         "asOrganizationPartOf wholeOrganization asLocatedEntityPartOf locatedEntityHasParts locatedPlace reason* observationDx observationRequest placerGroup "
         "component1* component2* componentOf1 subjectOf6 annotation verifier performer specimen pertinentInformation1 processStep device assignedPrincipalOrganization "
         "asAffiliate scoper2 contactPerson organization procedureRequest* substanceAdministrationRequest consumable2 manufacturedProduct1 manufacturedProduct "
         "observationReport subjectOf1 specimenProcessStep transcriber componentOf actAppointment encounterAppointment referencedOrder actOrder location1 location2 "
         "healthCareProvider healthCarePrincipalPerson affiliatedPrincipalOrganization valueSet valueSetItems* schedule resourceSlot directTarget IdentifiedEntity Person "
         "timeFrame* supplyRequest occurrenceOf parentRequestReference")
PART = ("classCode moodCode typeCode determinerCode contextConductionInd id:V3Id* idCategory:V3Code code:V3Code* name:V3Name* telecom:V3Name* addr:V3Name* "
        "statusCode:V3Code effectiveTime:V3Time time:V3Time administrativeGenderCode:V3Code birthTime:V3Time maritalStatusCode:V3Code ethnicGroupCode:V3Code "
        "occupationCode:V3Code reasonCode:V3Code admissionReferralSourceCode:V3Code lengthOfStayQuantity:V3Quantity confidentialityCode:V3Code "
        "versionNumber:V3Words storageCode:V3Storage text:V3Words priorityCode:V3Code methodCode:V3Code targetSiteCode:V3Code seperatableInd:V3Words value:V3Code "
        "desc:V3Words version:V3Code totalNumber:V3Words totalFrameNumber:V3Words remainNumber:V3Words profession:V3Code deptId:V3Id "
        "signatureText:V3Words routeCode:V3Code doseQuantity:V3Quantity doseCheckQuantity:V3Quantity administrationUnitCode:V3Code "
        "quantity:V3Quantity expectedUseTime:V3Span modeCode:V3Code " + " ".join(f"{name.rstrip('*')}:V3Part{'*' if name.endswith('*') else ''}" for name in PARTS.split()))

TYPES = {
    **DATA_TYPES,
    "V3Part": PART,
    "V3Control": "classCode moodCode subject:V3Part*",
    "V3Message": "_service _interaction _document:ClinicalDocument _signed _signature:CdaSignature* ITSVersion id:V3Id creationTime:V3Time interactionId:V3Id processingCode:V3Code processingModeCode "
                 "acceptAckCode:V3Code receiver:V3Part sender:V3Part controlActProcess:V3Control subject:V3Part* extra:V3Words",
}
