#include "app/command.hpp"

#include "app/commands/commands.hpp"
#include "app/commands/document.hpp"

#include <csignal>
#include <iostream>

namespace huitong::app {
namespace {

constexpr Command kCommands[] = {
    {"map", "maps: run, check, test", "映射：运行、检查、测试", commands::make_map},
    {"check", "the same as map check", "同 map check", commands::make_map_check},
    {"serve", "runs the hub", "运行枢纽", commands::make_serve},
    {"feed", "feeds: list, test, replay, dead letters, gaps", "接口：列表、试运行、重放、死信、未对照编码", commands::make_feed},
    {"doctor", "looks at what a deployment stands on and says which side is wrong", "检查部署环境并指出问题在哪一方",
     commands::make_doctor},
    {"trace", "where a value came from, down to the bytes of its message", "追溯数值来源，直至报文字节", commands::make_trace},
    {"document", "national documents: write", "卫生信息共享文档：生成", commands::make_document},
    {"load", "loads bundles and resources (JSON, NDJSON, gz, zst)", "载入 Bundle 与资源（JSON、NDJSON、gz、zst）", commands::make_load},
    {"token", "an access token of a registered client, for the owner of the data directory",
     "为已登记客户端签发访问令牌（仅数据目录所有者）", commands::make_token},
    {"person", "people who sign in to apps: password", "登录人员：生成密码散列", commands::make_person},
    {"mpi", "who is who: queue, link, unlink, withdraw, explain, evaluate", "主索引：待审队列、关联、拆分、撤回、解释、评测",
     commands::make_mpi},
    {"audit", "the logs: verify, checkpoint, key, prove, check-proof", "审计日志：校验、检查点、公钥、证明", commands::make_audit},
    {"backup", "copies a data directory into a folder, also while the hub runs", "备份数据目录（运行中亦可）", commands::make_backup},
    {"restore", "makes a data directory of a backup", "由备份恢复数据目录", commands::make_restore},
    {"verify", "checks a data directory or a backup through and through", "全面检查数据目录或备份", commands::make_verify},
    {"upgrade", "brings a data directory to this program's format", "将数据目录升级到本程序的格式", commands::make_upgrade},
    {"keys", "keys of a sealed data directory: make, rotate, status, use", "数据目录密钥：生成、轮换、状态、指定", commands::make_keys},
    {"recognition", "recognition: explain", "互认：解释判定", commands::make_recognition},
    {"catalogue", "registers of recognition: check", "互认登记表：检查", commands::make_catalogue},
    {"term", "terminology: import, search, lookup, suggest, review", "术语：导入、检索、查询、对照建议、审核", commands::make_term},
    {"fhirpath", "evaluates, checks and explains FHIRPath expressions", "FHIRPath：求值、检查、解释", commands::make_fhirpath},
    {"validate", "checks resources against profiles and packages", "按规范与实施包校验资源", commands::make_validate},
    {"snapshot", "the snapshot that a differential makes", "由差异生成快照", commands::make_snapshot_command},
    {"package", "FHIR packages: list, add, build", "FHIR 实施包：查看、添加、构建", commands::make_package},
    {"view", "rows of a ViewDefinition (SQL on FHIR)", "按视图定义输出表行（SQL on FHIR）", commands::make_view},
    {"ucum", "units: check, convert, molar", "计量单位：检查、换算、质量浓度转摩尔浓度", commands::make_ucum},
    {"batch", "pure engines as a co-process, JSON lines", "以 JSON 行方式调用各引擎", commands::make_batch},
};

} // namespace

int run(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN); // a file at the limit of its size fails like a full disk and does not end the program
    CommandLine line("huitong", "Huitong (汇通): shared health records and mutual recognition of results", "huitong 0.1.0");
    line.top().needs_a_verb();
    std::vector<std::pair<Verb, std::function<int()>>> made;
    for (const auto& command : kCommands) {
        const auto verb =
            line.top().add_verb(std::string(command.noun), std::string(command.summary_en) + " · " + std::string(command.summary_zh));
        made.emplace_back(verb, command.make(verb));
    }
    switch (line.parse(argc, argv, std::cout, std::cerr)) {
    case CommandLine::Parsed::told: return kOk;
    case CommandLine::Parsed::wrong: return kUsage;
    case CommandLine::Parsed::run: break;
    }
    try {
        for (const auto& [verb, action] : made) {
            if (verb.chosen()) return action();
        }
    } catch (const std::exception& failure) {
        std::cerr << "huitong: internal error: " << failure.what() << "\n";
        return kDataStore;
    }
    return kUsage;
}

} // namespace huitong::app
