// The one main of all unit tests; Boost.Test itself is the shared library (0.7 s instead of 9.9 s a program to compile).
#include <boost/test/unit_test.hpp>

namespace {

bool name_the_suite() {
    boost::unit_test::framework::master_test_suite().p_name.value = "huitong";
    return true;
}

} // namespace

int main(int argc, char** argv) { return boost::unit_test::unit_test_main(&name_the_suite, argc, argv); }
