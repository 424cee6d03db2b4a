"""The CDA R2 source model as data, as adapters/cda places it: attributes and elements alike are children, by local name.

Names follow HL7 CDA R2 with the elements that WS/T 500 adds (patientType, age, professionalTechnicalPosition …). One type serves all
participations, one all roles, one all entities, one all clinical statements: what a statement may hold depends on its kind, and maps ask.
A child is `name:Type`; a star means that it repeats; without a type it is text.
"""

DATA_TYPES = {
    "CdaSignature": "state reason format method signer issuer certificate when data",
    "CdaId": "nullFlavor root extension assigningAuthorityName displayable",
    "CdaCode": "xsiType nullFlavor code codeSystem codeSystemName codeSystemVersion displayName value originalText:CdaText qualifier:CdaQualifier* "
               "translation:CdaCode*",
    "CdaQualifier": "inverted name:CdaCode value:CdaCode",
    "CdaText": "nullFlavor mediaType representation value reference:CdaReference",
    "CdaReference": "value",
    "CdaTime": "xsiType nullFlavor operator value unit inclusive institutionSpecified low:CdaTime high:CdaTime center:CdaTime width:CdaQuantity period:CdaQuantity "
               "event:CdaCode offset:CdaTime phase:CdaTime",
    "CdaQuantity": "nullFlavor value unit inclusive low:CdaQuantity high:CdaQuantity center:CdaQuantity width:CdaQuantity "
                   "numerator:CdaQuantity denominator:CdaQuantity translation:CdaCode*",
    "CdaValue": "xsiType nullFlavor code codeSystem codeSystemName codeSystemVersion displayName value unit currency mediaType representation inclusive "
                "originalText:CdaText qualifier:CdaQualifier* translation:CdaCode* reference:CdaReference low:CdaQuantity high:CdaQuantity "
                "center:CdaQuantity width:CdaQuantity numerator:CdaQuantity denominator:CdaQuantity origin:CdaQuantity scale:CdaQuantity digits",
    "CdaName": "nullFlavor use prefix:CdaText* family:CdaText* given:CdaText* suffix:CdaText* delimiter* validTime:CdaTime",
    "CdaAddress": "nullFlavor use country state county city precinct postalCode houseNumber* streetName* streetAddressLine* "
                  "township street additionalLocator direction unitID unitType useablePeriod:CdaTime",
    "CdaTelecom": "nullFlavor use value useablePeriod:CdaTime",
}

ENTITY = ("nullFlavor classCode determinerCode templateId:CdaId* id:CdaId* code:CdaCode quantity:CdaQuantity name:CdaName* desc:CdaText telecom:CdaTelecom* "
          "addr:CdaAddress* lotNumberText administrativeGenderCode:CdaCode birthTime:CdaTime age:CdaQuantity maritalStatusCode:CdaCode "
          "religiousAffiliationCode:CdaCode raceCode:CdaCode* ethnicGroupCode:CdaCode* nationality:CdaCode occupation:CdaEntity "
          "occupationCode:CdaCode educationLevel:CdaEntity educationLevelCode:CdaCode employerOrganization:CdaEntity household:CdaEntity place:CdaEntity "
          "patienttypeCode:CdaCode deceasedInd:CdaReference deceasedTime:CdaTime guardian:CdaRole* birthplace:CdaRole languageCommunication:CdaEntity* "
          "languageCode:CdaCode professionalTechnicalPosition:CdaEntity professionaltechnicalpositionCode:CdaCode standardIndustryClassCode:CdaCode "
          "asOrganizationPartOf:CdaRole asMaintainedEntity:CdaRole manufacturerModelName:CdaCode softwareName:CdaCode providerOrganization:CdaEntity "
          "specimenRole:CdaRole ingredient:CdaRole*")
ROLE = ("nullFlavor classCode templateId:CdaId* id:CdaId* code:CdaCode addr:CdaAddress* telecom:CdaTelecom* statusCode:CdaCode effectiveTime:CdaTime "
        "patientType:CdaEntity patient:CdaEntity assignedPerson:CdaEntity associatedPerson:CdaEntity guardianPerson:CdaEntity subject:CdaEntity "
        "informationRecipient:CdaEntity receivedOrganization:CdaEntity relatedPerson:CdaEntity place:CdaEntity location:CdaEntity "
        "playingEntity:CdaEntity playingDevice:CdaEntity scopingEntity:CdaEntity scopingOrganization:CdaEntity providerOrganization:CdaEntity "
        "guardianOrganization:CdaEntity representedOrganization:CdaEntity representedCustodianOrganization:CdaEntity serviceProviderOrganization:CdaEntity "
        "wholeOrganization:CdaEntity assignedAuthoringDevice:CdaEntity manufacturedMaterial:CdaEntity manufacturedLabeledDrug:CdaEntity "
        "ingredient:CdaEntity manufacturerOrganization:CdaEntity maintainingPerson:CdaEntity specimenPlayingEntity:CdaEntity")
PARTICIPATION = ("nullFlavor typeCode contextControlCode templateId:CdaId* functionCode:CdaCode modeCode:CdaCode awarenessCode:CdaCode time:CdaTime "
                 "signatureCode:CdaCode noteText patientRole:CdaRole assignedAuthor:CdaRole assignedEntity:CdaRole associatedEntity:CdaRole "
                 "assignedCustodian:CdaRole intendedRecipient:CdaRole relatedEntity:CdaRole relatedSubject:CdaRole specimenRole:CdaRole participantRole:CdaRole "
                 "manufacturedProduct:CdaRole healthCareFacility:CdaRole")
STATEMENT = ("_position nullFlavor classCode moodCode negationInd realmCode:CdaCode* typeId:CdaId templateId:CdaId* id:CdaId* code:CdaCode derivationExpr text:CdaText "
             "statusCode:CdaCode effectiveTime:CdaTime* priorityCode:CdaCode* independentInd:CdaReference repeatNumber:CdaQuantity languageCode:CdaCode "
             "value:CdaValue* interpretationCode:CdaCode* methodCode:CdaCode* targetSiteCode:CdaCode* approachSiteCode:CdaCode* routeCode:CdaCode "
             "doseQuantity:CdaQuantity rateQuantity:CdaQuantity maxDoseQuantity:CdaQuantity administrationUnitCode:CdaCode "
             "dischargeDispositionCode:CdaCode setId:CdaId versionNumber:CdaReference quantity:CdaQuantity expectedUseTime:CdaTime consumable:CdaParticipation product:CdaParticipation "
             "subject:CdaParticipation specimen:CdaParticipation* performer:CdaParticipation* author:CdaParticipation* informant:CdaParticipation* "
             "participant:CdaParticipation* entryRelationship:CdaHolder* component:CdaHolder* reference:CdaHolder* precondition:CdaHolder* "
             "referenceRange:CdaHolder* criterion:CdaStatement location:CdaParticipation* responsibleParty:CdaParticipation encounterParticipant:CdaParticipation*")
HOLDER = ("nullFlavor typeCode contextConductionInd inversionInd negationInd templateId:CdaId* sequenceNumber:CdaQuantity seperatableInd:CdaReference "
          "section:CdaSection act:CdaStatement encounter:CdaStatement observation:CdaStatement observationMedia:CdaStatement organizer:CdaStatement "
          "procedure:CdaStatement regionOfInterest:CdaStatement substanceAdministration:CdaStatement supply:CdaStatement externalAct:CdaStatement "
          "externalDocument:CdaStatement externalObservation:CdaStatement externalProcedure:CdaStatement observationRange:CdaStatement "
          "criterion:CdaStatement parentDocument:CdaStatement encompassingEncounter:CdaStatement serviceEvent:CdaStatement order:CdaStatement "
          "consent:CdaStatement structuredBody:CdaBody nonXMLBody:CdaBody setId:CdaId versionNumber:CdaReference")
SECTION = ("nullFlavor classCode moodCode ID templateId:CdaId* id:CdaId code:CdaCode title:CdaText text:CdaNarrative confidentialityCode:CdaCode "
           "languageCode:CdaCode subject:CdaParticipation author:CdaParticipation* informant:CdaParticipation* entry:CdaHolder* component:CdaHolder*")
BODY = "classCode moodCode confidentialityCode:CdaCode languageCode:CdaCode text:CdaText component:CdaHolder*"
DOCUMENT = ("_fingerprint _person _signed _signature:CdaSignature* classCode moodCode realmCode:CdaCode* typeId:CdaId templateId:CdaId* id:CdaId code:CdaCode title:CdaText effectiveTime:CdaTime "
            "confidentialityCode:CdaCode languageCode:CdaCode setId:CdaId versionNumber:CdaReference copyTime:CdaTime recordTarget:CdaParticipation* "
            "author:CdaParticipation* dataEnterer:CdaParticipation informant:CdaParticipation* custodian:CdaParticipation "
            "informationRecipient:CdaParticipation* legalAuthenticator:CdaParticipation authenticator:CdaParticipation* "
            "participant:CdaParticipation* inFulfillmentOf:CdaHolder* documentationOf:CdaHolder* relatedDocument:CdaHolder* "
            "authorization:CdaHolder* componentOf:CdaHolder component:CdaHolder")

TYPES = {
    **DATA_TYPES,
    "CdaNarrative": "div",
    "CdaEntity": ENTITY,
    "CdaRole": ROLE,
    "CdaParticipation": PARTICIPATION,
    "CdaStatement": STATEMENT,
    "CdaHolder": HOLDER,
    "CdaSection": SECTION,
    "CdaBody": BODY,
    "ClinicalDocument": DOCUMENT,
}
