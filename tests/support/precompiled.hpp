// As scripts/cmake/precompiled.hpp, for the unit tests.
#include "scripts/cmake/precompiled.hpp"

#include <boost/test/unit_test.hpp>
