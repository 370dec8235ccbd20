/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "errtext.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "i18n.h"

/* What calls of this program can fail with. */
static const struct {
	int error;
	const char *text;
} texts[] = {
	{ EPERM, N_("Operation not permitted") },
	{ ENOENT, N_("No such file or directory") },
	{ ESRCH, N_("No such process") },
	{ EINTR, N_("Interrupted system call") },
	{ EIO, N_("Input/output error") },
	{ ENXIO, N_("No such device or address") },
	{ E2BIG, N_("Argument list too long") },
	{ ENOEXEC, N_("Exec format error") },
	{ EBADF, N_("Bad file descriptor") },
	{ ECHILD, N_("No child processes") },
	{ EAGAIN, N_("Resource temporarily unavailable") },
	{ ENOMEM, N_("Cannot allocate memory") },
	{ EACCES, N_("Permission denied") },
	{ EFAULT, N_("Bad address") },
	{ EBUSY, N_("Device or resource busy") },
	{ EEXIST, N_("File exists") },
	{ EXDEV, N_("Invalid cross-device link") },
	{ ENODEV, N_("No such device") },
	{ ENOTDIR, N_("Not a directory") },
	{ EISDIR, N_("Is a directory") },
	{ EINVAL, N_("Invalid argument") },
	{ ENFILE, N_("Too many open files in system") },
	{ EMFILE, N_("Too many open files") },
	{ ETXTBSY, N_("Text file busy") },
	{ EFBIG, N_("File too large") },
	{ ENOSPC, N_("No space left on device") },
	{ ESPIPE, N_("Illegal seek") },
	{ EROFS, N_("Read-only file system") },
	{ EMLINK, N_("Too many links") },
	{ EPIPE, N_("Broken pipe") },
	{ EDOM, N_("Numerical argument out of domain") },
	{ ERANGE, N_("Numerical result out of range") },
	{ EDEADLK, N_("Resource deadlock avoided") },
	{ ENAMETOOLONG, N_("File name too long") },
	{ ENOLCK, N_("No locks available") },
	{ ENOSYS, N_("Function not implemented") },
	{ ENOTEMPTY, N_("Directory not empty") },
	{ ELOOP, N_("Too many levels of symbolic links") },
	{ ENOMSG, N_("No message of desired type") },
	{ ENODATA, N_("No data available") },
	{ ETIME, N_("Timer expired") },
	{ EPROTO, N_("Protocol error") },
	{ EBADMSG, N_("Bad message") },
	{ EOVERFLOW, N_("Value too large for defined data type") },
	{ ENOTUNIQ, N_("Name not unique on network") },
	{ EILSEQ, N_("Invalid or incomplete multibyte or wide character") },
	{ ENOTSOCK, N_("Socket operation on non-socket") },
	{ EMSGSIZE, N_("Message too long") },
	{ ENOPROTOOPT, N_("Protocol not available") },
	{ EPROTONOSUPPORT, N_("Protocol not supported") },
	{ EOPNOTSUPP, N_("Operation not supported") },
	{ EAFNOSUPPORT, N_("Address family not supported by protocol") },
	{ EADDRINUSE, N_("Address already in use") },
	{ EADDRNOTAVAIL, N_("Cannot assign requested address") },
	{ ENETDOWN, N_("Network is down") },
	{ ENETUNREACH, N_("Network is unreachable") },
	{ ECONNABORTED, N_("Software caused connection abort") },
	{ ECONNRESET, N_("Connection reset by peer") },
	{ ENOBUFS, N_("No buffer space available") },
	{ EISCONN, N_("Transport endpoint is already connected") },
	{ ENOTCONN, N_("Transport endpoint is not connected") },
	{ ETIMEDOUT, N_("Connection timed out") },
	{ ECONNREFUSED, N_("Connection refused") },
	{ EHOSTUNREACH, N_("No route to host") },
	{ EALREADY, N_("Operation already in progress") },
	{ EINPROGRESS, N_("Operation now in progress") },
	{ ESTALE, N_("Stale file handle") },
	{ EDQUOT, N_("Disk quota exceeded") },
	{ ECANCELED, N_("Operation canceled") },
};

/* NULL: it has no text here. */
static const char *find(int error)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].error == -error)
			return texts[i].text;
	return NULL;
}

static const char *name_of(int error)
{
	return error < 0 ? strerrorname_np(-error) : NULL;
}

const char *errtext_english(int error)
{
	const char *text = find(error);

	if (!text)
		text = name_of(error);
	return text ? text : N_("unknown error");
}

const char *errtext(int error)
{
	const char *text = find(error);

	if (text)
		return _(text);
	text = name_of(error);
	return text ? text : _("unknown error");
}

const char *errtext_translated(const char *english)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].text, english) == 0)
			return _(texts[i].text);
	return NULL;
}

const char *errtext_name(int error)
{
	const char *name = name_of(error);

	return name ? name : "?";
}
