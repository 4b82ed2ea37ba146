# Turns the numbered files of sql/ENGINE/ into the C table of auth-modules/sql/schema.h.
BEGIN {
	print "/* Made from sql/ by sql/embed.awk. */"
	print "#include <config.h>\n"
	print "#include \"schema.h\"\n"
	print "const struct vm_sql_step vm_sql_steps[] = {"
}

FNR == 1 {
	if (NR > 1)
		print "\t},"
	count = split(FILENAME, parts, "/")
	engine = toupper(parts[count - 1])
	name = parts[count]
	sub(/\.sql$/, "", name)
	number = name + 0
	sub(/^[0-9]*_/, "", name)
	printf "\t{ VM_SQL_%s, %d, \"%s\",\n", engine, number, name
}

{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	printf "\t\t\"%s\\n\"\n", $0
}

END {
	print "\t},"
	print "};\n"
	print "const size_t vm_sql_step_count = sizeof vm_sql_steps / sizeof *vm_sql_steps;"
}
