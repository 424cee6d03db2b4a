"""Source models that are not v2: the table rows of the sample hospital, the DICOM study tree, electrocardiograms."""

# Rows: every cell is text; the names are the header's (samples/hospital-b).
ROWS = {
    "HospitalBPatient": ("徽州区乙医院 HIS: one row of patients.csv",
                         "患者编号! 姓名 性别 出生日期 证件类型 证件号码 联系电话 住址 更新时间 删除标志"),
    "HospitalBDiagnosis": ("徽州区乙医院 HIS: one row of diagnoses.csv",
                           "就诊号! 患者编号! 诊断编码! 诊断名称 诊断时间 诊断顺位 更新时间 删除标志"),
    "HospitalBResult": ("徽州区乙医院 LIS: one row of results.csv",
                        "报告单号! 患者编号! 姓名 项目编码! 项目名称 结果 单位 参考范围 标志 标本 采样时间 报告时间 报告状态 更新时间"),
}

# Attributes by keyword as adapters/dicom places them; `*` repeats, `#` is a sequence (its items are open), `@` a person name.
STUDY = ("SpecificCharacterSet* StudyDate StudyTime AccessionNumber IssuerOfAccessionNumberSequence# RetrieveAETitle* InstanceAvailability "
         "ModalitiesInStudy* SOPClassesInStudy* ReferringPhysicianName@ TimezoneOffsetFromUTC StudyDescription ProcedureCodeSequence# "
         "PhysiciansOfRecord@ NameOfPhysiciansReadingStudy@ ReferencedStudySequence# RetrieveURL PatientName@ PatientID IssuerOfPatientID "
         "IssuerOfPatientIDQualifiersSequence# PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs* OtherPatientNames@ "
         "OtherPatientIDsSequence# PatientAge PatientSize PatientWeight EthnicGroup PatientComments StudyInstanceUID StudyID "
         "NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances RequestingPhysician@ RequestingService RequestedProcedureDescription "
         "RequestedProcedureCodeSequence# AdmissionID PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest")
SERIES = ("SeriesDate SeriesTime Modality Manufacturer InstitutionName InstitutionAddress StationName SeriesDescription "
          "SeriesDescriptionCodeSequence# InstitutionalDepartmentName* PerformingPhysicianName@ OperatorsName@ ManufacturerModelName "
          "AnatomicRegionSequence# BodyPartExamined DeviceSerialNumber SoftwareVersions* ProtocolName PatientPosition SeriesInstanceUID "
          "SeriesNumber FrameOfReferenceUID Laterality NumberOfSeriesRelatedInstances PerformedProcedureStepStartDate "
          "PerformedProcedureStepStartTime PerformedProcedureStepID PerformedProcedureStepDescription RequestAttributesSequence# "
          "RequestedProcedureID")
INSTANCE = ("ImageType* SOPClassUID SOPInstanceUID AcquisitionDate ContentDate AcquisitionDateTime AcquisitionTime ContentTime "
            "ContrastBolusAgent SliceThickness KVP SpacingBetweenSlices AcquisitionNumber InstanceNumber SamplesPerPixel "
            "PhotometricInterpretation NumberOfFrames Rows Columns BitsAllocated ReferencedImageSequence#")

# An electrocardiogram as adapters/ecg reads it out of HL7 aECG.
ECG = ("number fingerprint started ended patientNumber! patientIssuer patientName sex birthTime deviceModel deviceSerial software manufacturer "
       "incrementSeconds original")
ECG_PARTS = {"Lead": "code! samples", "Measurement": "code! value! unit place", "Statement": "text!"}
