// The one main of all unit tests; Boost.Test itself is the shared library (0.7 s instead of 9.9 s a program to compile).
#define BOOST_TEST_MODULE huitong
#include <boost/test/unit_test.hpp>
