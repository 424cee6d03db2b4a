/// The doors of a hub: what answers at which path. A part of Hub alone.
#pragma once

#include "app/document_writer.hpp"
#include "app/hub.hpp"
#include "rest/audit_door.hpp"
#include "rest/card/card_door.hpp"
#include "rest/cds/cds_door.hpp"
#include "rest/document_door.hpp"
#include "rest/feeds_door.hpp"
#include "rest/mpi_door.hpp"
#include "rest/posting_door.hpp"
#include "rest/recognition/recognition_door.hpp"
#include "rest/recognition/statistics_door.hpp"
#include "rest/service_doors.hpp"
#include "rest/sign_in/launch_door.hpp"
#include "rest/sign_in/sign_in_door.hpp"
#include "rest/store_door.hpp"

namespace huitong::app {

struct Hub::Doors {
    /// `root`: the address that peers know the hub by.
    Doors(Hub& hub, const std::string& root);
    rest::FhirDoor fhir;
    rest::TokenDoor token;
    rest::LocalTokenDoor local_token;
    rest::SmartConfigurationDoor smart;
    rest::SignInDoor sign_in;
    rest::LaunchDoor launch;
    rest::HealthDoor health;
    rest::RegistersDoor registers;
    rest::FeedsDoor feeds;
    rest::RecognitionDoor recognition;
    rest::StatisticsDoor statistics;
    rest::ImageLinks image_links;
    rest::ImagesDoor images;
    rest::CardDoor card;
    rest::CdsDoor cds;
    rest::StoreDoor store;
    rest::AuditDoor audit;
    rest::MpiDoor mpi;
    MappedDocuments written; ///< by `documents`
    rest::DocumentDoor documents;
    rest::PostingDoor posting;
};

} // namespace huitong::app
