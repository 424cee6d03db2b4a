/// Looks at documents and writes nothing: what `load --dry-run` does. Conditional references are not resolved.
#pragma once

#include "exchange/bulk/load_reading.hpp"
#include "exchange/bulk/loader.hpp"

namespace huitong::exchange {

class CheckSink final : public LoadSink {
public:
    /// Needs definitions and limits, and a validator when resources are to be validated; no store.
    explicit CheckSink(const interaction::Services& services);
    void prepare(LoadPiece& piece) override;
    void finish(LoadPiece piece) override;
    void flush() override {}
    const Outcome& broken() const override { return broken_; }

private:
    Outcome check(const ReadDocument& document) const;
    interaction::Services services_;
    Limits limits_;
    Outcome broken_;
};

} // namespace huitong::exchange
