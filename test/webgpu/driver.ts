/**
 * The Vulkan driver of these tests: SwiftShader, in software, which Debian's `chromium` package brings (`libvulkan1` is
 * needed too), so no GPU is needed. VK_ICD_FILENAMES names another driver, such as a real GPU's.
 */
export const DRIVER = process.env['VK_ICD_FILENAMES'] ?? '/usr/lib/chromium/vk_swiftshader_icd.json';
