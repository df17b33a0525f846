package io.paft.merge.files;

/**
 * One file of a directory.
 *
 * @param path relative to the directory, with slashes
 * @param size in bytes
 * @param sha256 of the content, in hex
 */
public record FileEntry(String path, long size, String sha256) {}
