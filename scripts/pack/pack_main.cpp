// huitong-pack PACKAGE.tgz PACK: compiles the definition package once, at build time.
#include "base/catalogue.hpp"
#include "fhir/pack.hpp"

#include <cstdio>

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: huitong-pack PACKAGE.tgz PACK\n");
        return 2;
    }
    const auto outcome = huitong::fhir::compile_pack(argv[1], argv[2]);
    for (const auto& issue : outcome.issues())
        std::fprintf(stderr, "huitong-pack: %s\n", huitong::text_of(issue, huitong::Language::en).c_str());
    return outcome.has_errors() ? 3 : 0;
}
