-- A shop with a status enum, soft deletion, and categories by key (Prisma 6; uuid ids in text).
CREATE TYPE "ProductStatus" AS ENUM ('DRAFT', 'ACTIVE', 'ARCHIVED');
CREATE TABLE "Category" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "parentId" TEXT,
    "isActive" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "Category_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Product" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "status" "ProductStatus" NOT NULL DEFAULT 'DRAFT',
    "categoryId" TEXT,
    "price" DECIMAL(65,30) NOT NULL,
    "compareAtPrice" DECIMAL(65,30),
    "images" JSONB NOT NULL DEFAULT '[]',
    "averageRating" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "reviewCount" INTEGER NOT NULL DEFAULT 0,
    "soldCount" INTEGER NOT NULL DEFAULT 0,
    "quantity" INTEGER NOT NULL DEFAULT 0,
    "deletedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);

INSERT INTO "Category" VALUES ('k1', 'كتب', 'books', NULL, true), ('k2', 'Toys', 'toys', NULL, true), ('k3', 'Old', 'old', NULL, false);
INSERT INTO "Product" ("id", "title", "slug", "status", "categoryId", "price", "compareAtPrice", "images", "averageRating", "reviewCount", "soldCount", "quantity", "deletedAt") VALUES
    ('1', 'كتاب', 'book', 'ACTIVE', 'k1', 12.5, 20, '[{"url": "/b.jpg", "alt": ""}]', 4.5, 2, 3, 1, NULL),
    ('2', 'Draft', 'draft', 'DRAFT', 'k1', 12.5, NULL, '[]', 4.5, 2, 9, 1, NULL),
    ('3', 'Deleted', 'deleted', 'ACTIVE', 'k1', 12.5, NULL, '[]', 4.5, 2, 9, 1, now()),
    ('4', 'Nowhere', 'nowhere', 'ACTIVE', NULL, 12.5, NULL, '[]', 4.5, 2, 9, 1, NULL),
    ('5', 'Bear', 'bear', 'ACTIVE', 'k2', 12.5, NULL, '["/bear.png"]', 4.5, 2, 9, 1, NULL);
