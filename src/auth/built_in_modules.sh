#!/bin/sh
# Writes the table of the store modules that are linked into every program: built_in_modules.sh NAME...
echo '/* The store modules that are linked into every program. */'
echo '#include <config.h>'
echo
echo '#include "auth/module_registry.h"'
echo
for name; do echo "extern const struct vm_auth_module vm_${name}_module;"; done
echo
echo 'const struct vm_auth_module *const vm_built_in_modules[] = {'
for name; do echo "	&vm_${name}_module,"; done
echo '	NULL,'
echo '};'
