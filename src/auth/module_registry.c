/* Finds a store module: linked in, or a shared object that deserves trust. */
#include <config.h>

#include "auth/module_registry.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/text.h"

enum { NAME_MAX_BYTES = 32 };

static bool is_module_name(const char *name)
{
	const size_t length = strlen(name);

	return length > 0 && length <= NAME_MAX_BYTES &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* Whoever can write the file or swap it can run code as us. */
static enum vm_status check_file(const char *path, struct vm_error *err)
{
	struct stat file;

	if (lstat(path, &file) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return vm_fail(err, VM_MISCONFIG, "there is no store module %s", path);
		return vm_fail_errno(err, errno, "cannot stat store module %s", path);
	}
	if (!S_ISREG(file.st_mode))
		return vm_fail(err, VM_MISCONFIG, "store module %s is not a plain file", path);
	if (file.st_uid != 0 && file.st_uid != geteuid())
		return vm_fail(err, VM_MISCONFIG, "store module %s must be owned by root or by you",
			       path);
	if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return vm_fail(err, VM_MISCONFIG,
			       "store module %s can be written by others; chmod go-w it", path);
	return VM_OK;
}

static enum vm_status check_module(const struct vm_auth_module *module, const char *name,
				   const char *path, struct vm_error *err)
{
	if (module->api != VM_AUTH_MODULE_API)
		return vm_fail(err, VM_MISCONFIG,
			       "store module %s is made for interface %u, this is %d; rebuild it",
			       path, module->api, VM_AUTH_MODULE_API);
	if (strcmp(module->name, name) != 0)
		return vm_fail(err, VM_MISCONFIG, "store module %s calls itself \"%s\"", path,
			       module->name);
	return VM_OK;
}

/* An installation that was moved, or staged below another root, has its modules below its home. */
static enum vm_status find_file(const char *name, const char *home, char path[PATH_MAX],
				struct vm_error *err)
{
	if (vm_text_format(path, PATH_MAX, "%s/auth_%s.so", VM_MODULE_DIR, name) &&
	    access(path, F_OK) == 0)
		return check_file(path, err);
	if (!vm_text_format(path, PATH_MAX, "%s/lib/virtmail/auth_%s.so", home, name))
		return vm_fail(err, VM_MISCONFIG, "the path of store module %s is too long", name);
	return check_file(path, err);
}

static enum vm_status load(const char *name, const char *home, const struct vm_auth_module **out,
			   struct vm_error *err)
{
	const struct vm_auth_module *module = NULL;
	char path[PATH_MAX];
	void *object = NULL;
	enum vm_status status = find_file(name, home, path, err);

	if (status != VM_OK)
		return status;
	/* Never closed again: leak reports and late callbacks need the code. */
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL)
		return vm_fail(err, VM_MISCONFIG, "cannot load store module %s: %s", path,
			       dlerror());
	module = dlsym(object, "vm_auth_module");
	if (module == NULL)
		/* cppcheck-suppress resourceLeak */
		return vm_fail(err, VM_MISCONFIG, "%s is not a store module", path);
	status = check_module(module, name, path, err);
	if (status == VM_OK)
		*out = module;
	/* cppcheck-suppress resourceLeak */
	return status;
}

enum vm_status vm_module_find(const char *name, const char *home, const struct vm_auth_module **out,
			      struct vm_error *err)
{
	*out = NULL;
	if (!is_module_name(name))
		return vm_fail(err, VM_MISCONFIG, "auth = %s: a store's name is [a-z0-9_]+", name);
	for (size_t i = 0; vm_built_in_modules[i] != NULL; i++) {
		if (strcmp(vm_built_in_modules[i]->name, name) == 0) {
			*out = vm_built_in_modules[i];
			return VM_OK;
		}
	}
	return load(name, home, out, err);
}
